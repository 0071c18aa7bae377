// Runs before the first paint: no flash of the wrong theme, no jump of the sidebar.
(() => {
  const root = document.documentElement;
  const chosen = localStorage.getItem("tenon-theme") || "auto";
  const dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.setAttribute("data-bs-theme", dark ? "dark" : "light");
  root.dataset.theme = chosen;
  if (localStorage.getItem("tenon-sidebar") === "mini") root.classList.add("is-mini");
})();
