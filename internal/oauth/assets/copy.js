// Buttons that copy what the page shows.
"use strict";

if (navigator.clipboard) {
	for (const button of document.querySelectorAll("[data-copy]")) {
		const said = button.textContent;
		button.hidden = false;
		button.addEventListener("click", async () => {
			const from = document.getElementById(button.dataset.copy);
			try {
				await navigator.clipboard.writeText("value" in from ? from.value : from.innerText.trim());
				button.textContent = "Copied";
			} catch {
				button.textContent = "Please copy it by hand";
			}
			setTimeout(() => { button.textContent = said; }, 3000);
		});
	}
}
