import type {FoundLeftover} from '../session/cleanup.ts';
import {columns} from './columns.ts';

/** What interrupted runs have left, one a line. @param headers false without the line of headers */
export function leftoverTable(found: readonly FoundLeftover[], headers = true): string {
	const rows = found.map(({title, node, goes, removal, says}) => [
		title,
		node || '-',
		goes ? 'yes' : removal === 'never' ? 'no, in use' : 'only with --all',
		says,
	]);
	return rows.length === 0 ? 'No leftovers.\n' : columns([...(headers ? [['LEFTOVER', 'NODE', 'REMOVABLE', 'WHAT']] : []), ...rows]);
}
