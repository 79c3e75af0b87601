import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {columnGap, naturalWidths, placeColumns} from '../../source/tui/columns.ts';
import {hostPortColumns} from '../../source/tui/host-port-table.ts';
import {createModelBuilder, type NodeRow} from '../../source/tui/model.ts';
import {nodeColumns} from '../../source/tui/node-table.ts';
import {createTheme} from '../../source/tui/theme.ts';
import {diagnosis, judged, snapshotWith} from './fixtures.ts';

const {signs} = createTheme({colour: false, unicode: true});

function rowsOf(name: string): readonly NodeRow[] {
	const cni = {file: '05-cilium.conflist', plugins: ['cilium-cni', 'portmap'], binaries: [], binDir: '/opt/cni/bin'};
	return createModelBuilder()(snapshotWith({phase: null, diagnosis: diagnosis({nodes: [judged(name, 'degraded', {cni})]})})).nodes;
}

function placed(width: number, name = 'node-1'): Record<string, number> {
	const natural = naturalWidths(nodeColumns, rowsOf(name), signs);
	return Object.fromEntries(placeColumns(nodeColumns, natural, width).map(({column, width: columns}) => [column.id, columns]));
}

describe('columns of a table', () => {
	it('never need more than there is', () => {
		fc.assert(
			fc.property(
				fc.integer({min: 1, max: 250}),
				fc.array(fc.integer({min: 1, max: 90}), {minLength: 8, maxLength: 8}),
				(width, natural) => {
					for (const columns of [nodeColumns, hostPortColumns]) {
						const kept = placeColumns<never>(columns, natural, width);
						const used = kept.reduce((sum, place) => sum + place.width, 0) + (kept.length - 1) * columnGap;
						expect(kept.length).toBeGreaterThan(0);
						expect(used).toBeLessThanOrEqual(width);
					}
				},
			),
		);
	});

	it('are all there where there is room', () => {
		expect(Object.keys(placed(200))).toEqual(['verdict', 'node', 'cause', 'hostPorts', 'file', 'plugins', 'via', 'kernel']);
	});

	it('give up what is worth least first, and the node and its verdict last', () => {
		const counts = [116, 76, 56, 36, 34, 12].map(width => Object.keys(placed(width, 'ip-10-0-12-34.eu-west-1.compute.internal')));
		for (const [index, columns] of counts.slice(1).entries()) expect(counts[index]).toEqual(expect.arrayContaining(columns));
		expect(counts.at(-2)).toEqual(['verdict', 'node']);
		expect(counts.at(-1)).toEqual(['node']);
	});

	it('show on 80 columns which plugins are chained', () => {
		expect(placed(76)).toMatchObject({plugins: 19});
	});
});
