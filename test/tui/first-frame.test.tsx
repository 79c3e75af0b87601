import stringWidth from 'string-width';
import {expect, it} from 'vitest';
import {App} from '../../source/tui/app.tsx';
import {frameText} from '../../source/tui/first-frame.ts';
import {createStore, type Store} from '../../source/tui/store.ts';
import {ThemeContext, createTheme} from '../../source/tui/theme.ts';
import {renderAtSize} from '../support/render-at-size.tsx';

const theme = createTheme({colour: false, unicode: true});

function begun(context = 'nks-prod'): Store {
	const store = createStore(context);
	store.update({title: {context, server: 'https://10.0.0.1:6443'}});
	return store;
}

it('names the cluster, its server and what is waited for', () => {
	const frame = frameText(begun().getSnapshot(), Date.now(), {columns: 80, rows: 24}, theme);
	expect(frame).toBe('  hostport  nks-prod  https://10.0.0.1:6443       connecting to nks-prod · 0 s  \r\n  ');
});

it.each([
	[80, 24, 'nks-prod'],
	[120, 36, 'nks-prod'],
	[200, 50, 'arn:aws:eks:ap-northeast-2:123456789012:cluster/한국-prod'],
	[40, 10, 'arn:aws:eks:ap-northeast-2:123456789012:cluster/한국-prod'],
	[39, 24, 'nks-prod'],
])('on %i×%i stands where Ink draws the same, and nothing where it has no room for a screen', async (columns, rows, context) => {
	const store = begun(context);
	const lines = frameText(store.getSnapshot(), Date.now(), {columns: columns, rows: rows}, theme).split('\r\n');
	for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
	const drawn = await renderAtSize(
		<ThemeContext value={theme}>
			<App store={store} canSave canRepair onIntent={() => {}} />
		</ThemeContext>,
		columns,
		rows,
	);
	if (columns < 40) expect(lines).toEqual(['']);
	else expect(drawn.lines().slice(0, 2)).toEqual(lines.map(line => line.trimEnd()));
	drawn.unmount();
});

it('has colours only where they are wanted', () => {
	const {styles} = createTheme({colour: true, unicode: true});
	const frame = frameText(begun().getSnapshot(), Date.now(), {columns: 80, rows: 24}, {...theme, styles});
	expect(frame).toContain('\u001B[36mhostport\u001B[0m');
	expect(frame).toContain('\u001B[1mnks-prod\u001B[0m');
});
