// Passkeys: asks the browser for what the server wants to see, and sends the answer back.
"use strict";

(() => {
	if (!window.PublicKeyCredential) return;

	const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
	const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

	async function post(path, csrf, body, type) {
		const headers = { "X-CSRF-Token": csrf, Accept: "application/json" };
		if (type) headers["Content-Type"] = type;
		const answer = await fetch(path, { method: "POST", headers, body, credentials: "same-origin" });
		const json = await answer.json();
		if (!answer.ok) throw new Error(json.error);
		return json;
	}

	const described = (list) => (list || []).map((c) => ({ ...c, id: bytes(c.id) }));

	async function register(box) {
		const form = new FormData(box);
		const begun = await post("/auth/edit/passkeys/begin", box.dataset.csrf, new URLSearchParams(form));
		const options = begun.publicKey;
		options.challenge = bytes(options.challenge);
		options.user.id = bytes(options.user.id);
		options.excludeCredentials = described(options.excludeCredentials);
		const made = await navigator.credentials.create({ publicKey: options });
		const answer = {
			id: made.id, rawId: text(made.rawId), type: made.type,
			clientExtensionResults: made.getClientExtensionResults(),
			response: {
				attestationObject: text(made.response.attestationObject),
				clientDataJSON: text(made.response.clientDataJSON),
				transports: made.response.getTransports ? made.response.getTransports() : [],
			},
		};
		const done = await post("/auth/edit/passkeys/finish?name=" + encodeURIComponent(form.get("name")), box.dataset.csrf,
			JSON.stringify(answer), "application/json");
		if (!done.recovery_codes) {
			location.assign(done.next);
			return;
		}
		const codes = document.getElementById("new-codes");
		codes.querySelector("ul").replaceChildren(...done.recovery_codes.map((c) => {
			const item = document.createElement("li");
			item.append(Object.assign(document.createElement("code"), { textContent: c }));
			return item;
		}));
		codes.hidden = false;
		codes.tabIndex = -1;
		codes.focus();
		box.closest("details").hidden = true;
	}

	async function signIn(box) {
		const next = box.dataset.next || "";
		const begun = await post("/auth/passkey/begin", box.dataset.csrf);
		const options = begun.publicKey;
		options.challenge = bytes(options.challenge);
		options.allowCredentials = described(options.allowCredentials);
		const got = await navigator.credentials.get({ publicKey: options });
		const answer = {
			id: got.id, rawId: text(got.rawId), type: got.type,
			clientExtensionResults: got.getClientExtensionResults(),
			response: {
				authenticatorData: text(got.response.authenticatorData),
				clientDataJSON: text(got.response.clientDataJSON),
				signature: text(got.response.signature),
				userHandle: got.response.userHandle ? text(got.response.userHandle) : null,
			},
		};
		const done = await post("/auth/passkey/finish?next=" + encodeURIComponent(next), box.dataset.csrf,
			JSON.stringify(answer), "application/json");
		location.assign(done.next);
	}

	for (const box of document.querySelectorAll("[data-passkey]")) {
		(box.closest("details") || box).hidden = false;
		const fail = box.querySelector(".fail");
		const run = async (act) => {
			fail.textContent = "";
			try {
				await act(box);
			} catch (e) {
				fail.textContent = e.name === "NotAllowedError" ? "That was cancelled. You can try again." : e.message;
			}
		};
		if (box.dataset.passkey === "register") {
			box.addEventListener("submit", (e) => { e.preventDefault(); run(register); });
		} else {
			box.querySelector("button").addEventListener("click", () => run(signIn));
		}
	}
})();
