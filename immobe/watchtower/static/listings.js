// Lists of listings. Filters work as a plain form; with this, only the results are exchanged while one types and ticks.
const root = document.documentElement;
root.classList.add("with-script");

const results = () => document.getElementById("results");

// A refusal is a page too: its fields say what is wrong.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (["results", "search"].includes(event.detail.target.id)) results()?.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", () => results()?.removeAttribute("aria-busy"));

// Whoever took a filter away stands where the results begin, not at the top of the page.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "search") return;
  const found = document.getElementById("found");
  document.getElementById("announce").textContent = found.textContent;
  if (document.activeElement === document.body) results().focus({ preventScroll: true });
  if (event.detail.requestConfig.path.includes("cursor=") || results().getBoundingClientRect().bottom < 0) {
    document.getElementById("search").scrollIntoView();
  }
});

// A field of the form that stands elsewhere, as the order, counts too.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.id === "filters" && !form.contains(event.target)) window.htmx.trigger(form, "change");
});

// A place chosen from the list counts at once, not only when the field is left.
document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.id !== "f-place") return;
  const chosen = [...document.querySelectorAll("#places option")].some((option) => option.value === field.value);
  if (chosen && event.inputType !== "insertText" && event.inputType !== "deleteContentBackward") {
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// Escape closes what is open, and goes back to what opened it.
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && event.target.closest?.(".pill[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  const end = event.target.closest(".pill-end button");
  if (!end) return;
  end.closest("details").open = false;
});
