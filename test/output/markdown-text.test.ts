import {expect, test} from 'vitest';
import {codeSpan, prose} from '../../source/output/markdown-text.ts';

test.each([
	['plain words, 10.0.0.1 and node-1', 'plain words, 10.0.0.1 and node-1'],
	['  two\n\n lines\t ', 'two lines'],
	['', ''],
	[String.raw`a \ b`, String.raw`a \\ b`],
	['*a* _b_ [c](d) <e> |f| ~g~ &h; `i`', String.raw`\*a\* \_b\_ \[c\](d) \<e\> \|f\| \~g\~ \&h; \`i\``],
	['https://x.example and :smile: at 10:30', String.raw`https\://x.example and \:smile: at 10:30`],
	['# head', String.raw`\# head`],
	['- item', String.raw`\- item`],
	['+ item', String.raw`\+ item`],
	['=== rule', String.raw`\=== rule`],
	['a - b', 'a - b'],
	['1. first', String.raw`1\. first`],
	['12) twelfth', String.raw`12\) twelfth`],
	['12 nodes', '12 nodes'],
	['told @user-1 of it', 'told `@user-1` of it'],
	['see #12, !34 and GH-567.', 'see `#12`, `!34` and `GH-567`.'],
	['see owner/some.project/x#12 there', 'see `owner/some.project/x#12` there'],
	['mail to me@x.example/y-z now', 'mail to `me@x.example/y-z` now'],
	['wrong! and C# too, XGH-1', 'wrong! and C# too, XGH-1'],
	['@a *b* @c', String.raw`${'`@a`'} \*b\* ${'`@c`'}`],
])('%j is the prose %s', (text, markdown) => {
	expect(prose(text)).toBe(markdown);
});

test.each([
	['', ''],
	['x', '`x`'],
	['two\n lines', '`two lines`'],
	['a|b', String.raw`${'`'}a\|b${'`'}`],
	['a`b', '``a`b``'],
	['a``b`c', '```a``b`c```'],
	['`a', '`` `a ``'],
	['a`', '`` a` ``'],
	['a `b` c', '``a `b` c``'],
])('%j is the code %s', (text, markdown) => {
	expect(codeSpan(text)).toBe(markdown);
});
