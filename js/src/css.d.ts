/** Stylesheets are imported as text; see build.mjs. */
declare module "*.css" {
  const css: string;
  export default css;
}
