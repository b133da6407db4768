// copyButtons shows the copy button of every block that has one. Without a
// clipboard (plain HTTP) the button stays hidden: the text can be selected.
export function copyButtons(root) {
  if (!navigator.clipboard) return;
  for (const block of root.querySelectorAll("[data-copy]")) {
    const button = block.querySelector(".copy-button");
    const word = button.querySelector("span");
    const before = word.textContent;
    button.hidden = false;
    word.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.querySelector("code").textContent);
      word.textContent = button.dataset.done;
      setTimeout(() => { word.textContent = before; }, 2000);
    });
  }
}
