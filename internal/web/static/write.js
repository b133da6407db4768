// Helps for pages where something is written: a check and a preview that follow the
// typing, parts that are moved without loading the page, merge tags put where the
// cursor was, and a clock that counts down. All of it works without, by buttons.

// How long after the last key the text is looked at, in milliseconds.
const pause = 700;

const body = (form, submitter) => new URLSearchParams(new FormData(form, submitter));

// writing makes one form live. It is called again when the form was replaced.
function writing(form) {
  if (!form) return;
  const place = form.closest("[data-write]");
  place?.classList.add("is-live");
  let timer;
  let asked = 0;
  const look = async () => {
    show(form);
    const turn = ++asked;
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body: body(form), redirect: "error" });
      const text = answer.ok ? await answer.text() : "";
      const found = document.getElementById("findings");
      if (text && found && turn === asked) found.innerHTML = text;
    } catch { /* the next key asks again */ }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(look, pause); };
  form.addEventListener("input", (event) => { if (event.target.type !== "file") soon(); });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "act" || event.submitter.value === "send") return;
    event.preventDefault();
    clearTimeout(timer);
    arrange(form, event.submitter);
  });
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("input[type=text], textarea")) form.lastText = event.target;
  });
  for (const button of form.querySelectorAll("[data-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => insert(form, button.dataset.insert));
  }
}

// show sends what is typed into the frame; the server answers with the preview.
function show(form) {
  const send = document.createElement("form");
  send.method = "post";
  send.action = form.dataset.preview;
  send.target = form.dataset.frame;
  send.hidden = true;
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string") continue;
    const input = document.createElement("textarea");
    input.name = name;
    input.value = value;
    send.append(input);
  }
  document.body.append(send);
  send.submit();
  send.remove();
}

// arrange posts a button's act and puts the answer's parts in the place of ours.
async function arrange(form, button) {
  form.classList.add("is-waiting");
  const before = new Set([...document.querySelectorAll(".block[id]")].map((block) => block.id));
  let page;
  try {
    const answer = await fetch(form.action, { method: "POST", body: body(form, button), headers: { Accept: "text/html" } });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById(form.id)) throw new Error("no such form");
  } catch {
    form.classList.remove("is-waiting");
    return form.requestSubmit();
  }
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = page.getElementById(part.id);
    if (next) part.replaceWith(document.adoptNode(next));
  }
  const next = document.getElementById(form.id);
  writing(next);
  show(next);
  goOn(button.value, before);
}

// goOn moves the focus to what was added or moved, or to what is left beside it.
function goOn(act, before) {
  const [verb, place] = act.split(/:(.*)/s);
  const blocks = [...document.querySelectorAll(".block[id]")];
  let block = blocks.find((each) => !before.has(each.id));
  if (!block && place) {
    const number = /(\d+)(\]?)$/;
    const at = Number(place.match(number)?.[1] ?? 0) + ({ up: -1, down: 1, remove: -1 }[verb] ?? 0);
    const id = place.replace(number, `${Math.max(at, 0)}$2`);
    block = document.getElementById(id) ?? document.getElementById(id.replaceAll("/", "-"));
  }
  if (!block) return;
  block.scrollIntoView({ block: "nearest" });
  const next = verb === "up" || verb === "down" ? block.querySelector(`[name=act][value^="${verb}:"]`) : null;
  (next ?? block.querySelector("input:not([type=hidden]), textarea, select, button"))?.focus({ preventScroll: true });
}

// insert puts a merge tag where the cursor was last.
function insert(form, text) {
  const field = form.lastText?.isConnected ? form.lastText : form.querySelector("#body, .block textarea, #subject");
  if (!field) return;
  field.focus();
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// Outside the form stand the switches of the preview; a change is shown at once.
document.addEventListener("change", (event) => {
  const { form, name } = event.target;
  if (form?.dataset.preview && ["view", "as", "preview_lang"].includes(name)) show(form);
});

writing(document.querySelector("form[data-check]"));

// A countdown loads the page anew when its time has come.
for (const clock of document.querySelectorAll("[data-until]")) {
  const until = Date.parse(clock.dataset.until);
  const tick = () => {
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    const two = (n) => String(n).padStart(2, "0");
    clock.hidden = hours > 99;
    clock.textContent = `${clock.dataset.text} ${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds)}`;
    if (left > 0) return setTimeout(tick, 1000);
    setTimeout(() => location.reload(), 1200);
  };
  tick();
}
