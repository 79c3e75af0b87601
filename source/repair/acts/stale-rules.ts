import pMap from 'p-map';
import type {NodeAccess} from '../../access/access.ts';
import {ActionableError} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {askAgent} from './node-state.ts';
import {nodesNow} from './nodes-now.ts';
import {insist} from './patience.ts';
import script from './stale-rules.sh';
import {clearRulesByProgram} from './stale-rules-by-program.ts';
import type {StepContext} from '../step-work.ts';

/** Nodes asked at the same time. */
const concurrency = 16;

/**
 * Removes portmap's rules of pods that are gone: a pod torn down by a conflist without portmap leaves them behind, and they
 * would lead its port into the void, or to whoever gets its address next. Returns what was done, in words.
 * @throws ActionableError where some are left
 */
export async function clearRules(
	context: StepContext,
	gone: ReadonlyArray<{readonly node: string; readonly address: string}>,
): Promise<string> {
	const byNode = Map.groupBy(
		gone.filter(({node, address}) => node !== '' && /^[\da-fA-F.:]+$/.test(address)),
		({node}) => node,
	);
	// The rules of a node that is gone are gone with it.
	const existing = byNode.size === 0 ? new Set<string>() : await insist(async () => nodesNow(context), context);
	const removed = await pMap(
		[...byNode].filter(([node]) => existing.has(node)),
		async ([node, pods]) => {
			const addresses = pods.map(({address}) => address);
			return askAgent(context, node, async access => ({value: await clearOn(access, addresses, context.signal)}), {
				what: `the rules of ${node} cannot be removed`,
				hint: 'See: kubectl hostport check (HP07)',
				limitMilliseconds: 60_000,
			});
		},
		{concurrency, signal: context.signal},
	);
	return `${removed.reduce((sum, each) => sum + each, 0)} stale rules removed`;
}

/** In one round trip where the agent has a shell. What stands in for one that has none may have no iptables, so there its own is called. */
async function clearOn(access: NodeAccess, addresses: readonly string[], signal: AbortSignal): Promise<number> {
	const {runProgram} = access;
	if (runProgram !== undefined && !access.hasAgentCommand) return clearRulesByProgram(runProgram, addresses, signal);
	const {stdout, stderr, exitCode} = await access.run(script, {parameters: addresses, signal, timeoutMilliseconds: 30_000});
	if (exitCode === 0) return Number(/removed (\d+)/.exec(stdout)?.[1] ?? 0);
	const why = exitCode === 45 ? 'its agent has no iptables-restore' : printableLine(stderr, 160) || `exit code ${exitCode}`;
	throw new ActionableError(
		`stale rules remain on ${access.node}: ${why}`,
		'They send a hostPort to a pod that is gone: kubectl hostport check names them (HP07).',
	);
}
