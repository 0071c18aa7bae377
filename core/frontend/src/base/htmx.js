import htmx from "htmx.org";
window.htmx = htmx; // its extensions look it up globally
export default htmx;
