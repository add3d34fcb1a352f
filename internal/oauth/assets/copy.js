// Buttons that copy what the page shows.
"use strict";

if (navigator.clipboard) {
	for (const button of document.querySelectorAll("[data-copy]")) {
		const said = button.textContent;
		button.hidden = false;
		button.addEventListener("click", async () => {
			const from = document.getElementById(button.dataset.copy);
			const text = button.dataset.text || ("value" in from ? from.value : from.innerText.trim());
			try {
				await navigator.clipboard.writeText(text);
				button.textContent = "Copied";
			} catch {
				button.textContent = "Please copy it by hand";
			}
			setTimeout(() => { button.textContent = said; }, 3000);
		});
	}
}
