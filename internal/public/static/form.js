// Finds the proof of work while the form is being filled in, and leads the eye to
// what is to be mended. The form works without this, only more slowly.

async function solve(challenge, bits) {
  const text = new TextEncoder();
  for (let i = 0; ; i++) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(`${challenge}:${i}`)));
    let zeros = 0;
    for (const byte of hash) {
      zeros += Math.clz32(byte) - 24;
      if (byte !== 0) break;
    }
    if (zeros >= bits) return String(i);
  }
}

for (const form of document.querySelectorAll("form[data-bits]")) {
  if (!globalThis.crypto?.subtle) continue; // plain HTTP: the server waits instead
  const { render, proof } = form.elements;
  let solving;
  const begin = () => (solving ??= solve(render.value, Number(form.dataset.bits)).then((found) => { proof.value = found; }));
  form.addEventListener("focusin", begin, { once: true });
  form.addEventListener("submit", (event) => {
    if (proof.value) return;
    event.preventDefault();
    const button = event.submitter;
    begin().then(() => form.requestSubmit(button));
  });
}

document.querySelector("[data-focus]")?.focus();
