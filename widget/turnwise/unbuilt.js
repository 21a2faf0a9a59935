// What a checkout shows until its front end is built.
export default {
  render({ el }) {
    el.textContent =
      "turnwise's front end is not built. With Node 20 or newer: cd js && npm install && npm run build; or install a wheel.";
  },
};
