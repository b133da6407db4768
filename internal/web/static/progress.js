// How often a running act is asked about, in milliseconds.
const every = 1500;

// refreshing keeps every [data-refresh] part current: it asks the server for the
// part alone and puts the answer in its place, until the answer says it is done.
// When the act is done, the page is loaded anew, since the rest of it changes too.
export function refreshing(root) {
  for (const part of root.querySelectorAll("[data-refresh]:not([data-done])")) {
    if (part.dataset.refresh) later(part);
  }
}

function later(part) {
  setTimeout(() => refresh(part), every);
}

async function refresh(part) {
  if (document.hidden) return later(part);
  let text;
  try {
    const answer = await fetch(part.dataset.refresh, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    text = await answer.text();
  } catch {
    return later(part);
  }
  const next = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
  if (!next) return;
  part.replaceWith(next);
  if (next.hasAttribute("data-done")) return location.reload();
  later(next);
}
