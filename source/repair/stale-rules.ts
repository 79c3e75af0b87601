import {printableLine} from '../foreign-text.ts';
import {askAgent} from './node-state.ts';
import script from './stale-rules.sh';
import type {StepContext} from './step-work.ts';

/**
 * Removes portmap's rules of pods that are gone: a pod torn down by a list without portmap leaves them behind, and they
 * would lead its port into the void, or to whoever gets its address next. Returns what was done, in words.
 */
export async function clearRules(
	context: StepContext,
	gone: ReadonlyArray<{readonly node: string; readonly address: string}>,
): Promise<string> {
	const byNode = Map.groupBy(
		gone.filter(({node, address}) => node !== '' && /^[\da-fA-F.:]+$/.test(address)),
		({node}) => node,
	);
	let removed = 0;
	for (const [node, pods] of byNode) {
		const {stdout, stderr, exitCode} = await askAgent(
			context,
			node,
			async access => ({
				value: await access.run(script, {
					parameters: pods.map(({address}) => address),
					signal: context.signal,
					timeoutMilliseconds: 30_000,
				}),
			}),
			{what: `the rules of ${node} cannot be removed`, hint: 'See: kubectl hostport check (HP07)', limitMilliseconds: 60_000},
		);
		if (exitCode !== 0) return `the rules of ${node} could not be removed: ${printableLine(stderr, 200)}`;
		removed += Number(/removed (\d+)/.exec(stdout)?.[1] ?? 0);
	}

	return `${removed} left-over rules were removed`;
}
