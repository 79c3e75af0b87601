import {whyUnknown} from '../cilium/releases.ts';
import {printableLine} from '../foreign-text.ts';
import type {Versions} from '../session/versions.ts';
import {columns} from './columns.ts';

/** Versions for people, a line each. */
export function versionsText({client, knownCilium, server, cilium}: Versions): string {
	const rows = [
		['Client', client],
		['Known Cilium', `${knownCilium.oldest} to ${knownCilium.newest}`],
	];
	if (server !== null) rows.push(['Kubernetes', `${server.kubernetes || 'unknown'} at ${server.address}`]);
	if (server !== null && cilium?.length === 0) rows.push(['Cilium', 'no agents found']);
	for (const {version: found, image, agents} of cilium ?? []) {
		const why = found === '' ? `the image names no version: ${image}` : whyUnknown(found);
		rows.push(['Cilium', `${found || 'unknown'} on ${agents} ${agents === 1 ? 'node' : 'nodes'}${why === '' ? '' : ` (${why})`}`]);
	}

	return columns(rows.map(row => row.map(cell => printableLine(cell))));
}
