import type {Evidence} from '../evidence/evidence.ts';
import type {Plan} from '../repair/plan/plan.ts';
import {soundRelease} from '../repair/sources/known-versions.ts';
import {goodNodes} from './planner.ts';

/** A source of portmap that is offered. */
export type SourceOffer = {
	/** As it would be typed. */
	readonly source: string;
	readonly says: string;
	/** Chosen by itself: no network beyond the cluster's is asked for it. */
	readonly isNear: boolean;
};

/** Whether a plan puts portmap anywhere. */
export const needsPortmap = ({steps}: Pick<Plan, 'steps'>): boolean => steps.some(({binaries}) => binaries.length > 0);

/** What was given first, then nodes that have a good one, then the official archive. */
export function offersFor({evidence}: {readonly evidence: Evidence}, given: readonly string[]): SourceOffer[] {
	return [
		...(given.length > 0 ? [{source: given.join(', '), says: 'as given', isNear: true}] : []),
		...goodNodes(evidence).map(source => ({source, says: 'works there; same architecture as its node', isNear: true})),
		{source: soundRelease, says: 'the official archive, fetched by this machine from github.com', isNear: false},
	];
}
