import {textOf, type Frame, type Run} from './frame.ts';

const [columnWidth, lineHeight, fontSize, edge] = [8.4, 19, 14, 14];

// Colours that can be read on their ground in both schemes.
const colours = {
	light: {
		ground: '#ffffff',
		border: '#d0d7de',
		text: '#1f2328',
		dim: '#656d76',
		cyan: '#0a7ea4',
		green: '#1a7f37',
		red: '#cf222e',
		yellow: '#9a6700',
	},
	dark: {
		ground: '#0d1117',
		border: '#30363d',
		text: '#e6edf3',
		dim: '#8b949e',
		cyan: '#56d4dd',
		green: '#56d364',
		red: '#ff7b72',
		yellow: '#e3b341',
	},
};

const rulesOf = ({ground, border, text, ...others}: (typeof colours)['light']): string =>
	[
		`.ground{fill:${ground};stroke:${border}}`,
		`text{fill:${text}}`,
		`.inverse{fill:${text}}`,
		`text.on-inverse{fill:${ground}}`,
		...Object.entries(others).map(([name, colour]) => `text.${name}{fill:${colour}}`),
	].join('');

/** A frame as a picture that follows the reader's colour scheme. `label` is what it shows, for who cannot see it. */
export function svgOf(frame: Frame, label: string): string {
	const columns = Math.max(
		...textOf(frame)
			.split('\n')
			.map(line => line.length),
	);
	const [width, height] = [Math.ceil(columns * columnWidth + 2 * edge), frame.length * lineHeight + 2 * edge];
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" xml:space="preserve" role="img" aria-label="${escaped(label)}">
<style>text{font-size:${fontSize}px;font-family:SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}.bold{font-weight:700}${rulesOf(colours.light)}@media (prefers-color-scheme:dark){${rulesOf(colours.dark)}}</style>
<rect class="ground" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="6"/>
${frame.flatMap((line, row) => lineOf(line, row)).join('\n')}
</svg>
`;
}

function lineOf(line: readonly Run[], row: number): readonly string[] {
	const top = edge + row * lineHeight;
	let column = 0;
	return line.flatMap(({text, style}) => {
		const start = column;
		column += text.length;
		const isInverse = style.includes('inverse');
		const classes = isInverse ? 'on-inverse' : style;
		const ground = `<rect class="inverse" x="${place(start)}" y="${top}" width="${(text.length * columnWidth).toFixed(1)}" height="${lineHeight}"/>`;
		return [
			...(isInverse ? [ground] : []),
			// Whatever the font, what stands below each other does so here: each part has a place and a length of its own.
			...Array.from(text.matchAll(/\S+(?: \S+)*/gu), ({0: part, index}) => {
				const length = part.length > 1 ? ` textLength="${(part.length * columnWidth).toFixed(1)}" lengthAdjust="spacingAndGlyphs"` : '';
				return `<text${classes === '' ? '' : ` class="${classes}"`} x="${place(start + index)}" y="${top + 14}"${length}>${escaped(part)}</text>`;
			}),
		];
	});
}

const place = (column: number): string => (edge + column * columnWidth).toFixed(1);

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
