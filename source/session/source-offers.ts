import type {Evidence} from '../evidence/evidence.ts';
import {soundRelease} from '../repair/sources/known-versions.ts';
import {goodNodes} from './planner.ts';

/** A source of portmap that a person can choose; one that is near asks no network. */
export type SourceOffer = {readonly source: string; readonly says: string; readonly isNear: boolean};

/** What was given first, then nodes that have a good one, then the official archive. */
export function offersFor({evidence}: {readonly evidence: Evidence}, given: readonly string[]): SourceOffer[] {
	return [
		...(given.length > 0 ? [{source: given.join(', '), says: 'as given', isNear: true}] : []),
		...goodNodes(evidence).map(source => ({source, says: 'works there; same architecture as its node', isNear: true})),
		{source: soundRelease, says: 'the official archive, fetched by this machine from github.com', isNear: false},
	];
}
