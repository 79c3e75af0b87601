// Tokens of which GitHub and GitLab make a link and tell somebody: @user, #12, !12, owner/project#12, GH-12. Backslashes do not stop
// that (it is done on the rendered text), code does.
const reference = /(?<!\w)(?:[\w.-]+(?:\/[\w.-]+)*)?[@#!]\w[\w/.-]*|\bGH-\d+/gu;

/**
 * Foreign text as Markdown shows it literally, in one line: no link, image, HTML, emphasis or table cell comes of it, and nobody is
 * told (GitHub Flavored Markdown, 2.4 and 6).
 */
export function prose(text: string): string {
	const line = oneLine(text);
	let result = '';
	let end = 0;
	for (const match of line.matchAll(reference)) {
		result += escaped(line.slice(end, match.index)) + codeSpan(match[0]);
		end = match.index + match[0].length;
	}

	// At the start of a line these begin a heading, a list, a quotation or a rule.
	return (result + escaped(line.slice(end))).replace(/^(?=[#+=-])/u, '\\').replace(/^(\d+)(?=[.)])/u, '$1\\');
}

/** Foreign text as code in one line; the pipe is escaped for the cell of a table that it may stand in (GFM, 4.10). */
export function codeSpan(text: string): string {
	const line = oneLine(text);
	if (line === '') return '';
	const fence = '`'.repeat(Math.max(0, ...(line.match(/`+/gu) ?? []).map(run => run.length)) + 1);
	const pad = /^`|`$|^ .* $/u.test(line) ? ' ' : '';
	return `${fence}${pad}${line.replaceAll('|', String.raw`\|`)}${pad}${fence}`;
}

// `&` begins an entity, `:` an emoji or, with slashes, a link.
const escaped = (text: string): string => text.replaceAll(/[\\`*_[\]<>|~&]|:(?=\/\/|[\w+-]+:)/gu, String.raw`\$&`);

const oneLine = (text: string): string => text.replaceAll(/\s+/gu, ' ').trim();
