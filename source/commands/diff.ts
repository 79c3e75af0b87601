import {refusalsOf} from '../diagnosis/refusals.ts';
import {recommendStrategy} from '../diagnosis/strategy.ts';
import {view} from '../diagnosis/view.ts';
import {exitCode, type ExitCode} from '../errors.ts';
import {shouldColour} from '../output/colour.ts';
import {colouredDiff, unifiedDiff} from '../output/unified-diff.ts';
import {ownershipWarning} from '../repair/plan/lasting-form.ts';
import {neededChanges, neededKeys} from '../repair/plan/needed-change.ts';
import {withoutFiles} from '../session/outcome.ts';
import {assertStrategyNamed} from '../session/planner.ts';
import {strategyFlag, textFlag} from './flag-values.ts';
import type {CommandContext} from './command.ts';
import {lookInTime} from './look-in-time.ts';
import {tellGaps} from './tell.ts';

/**
 * `diff`: what the repair would change, and nothing else; like `kubectl diff` it ends with 1 where there is a difference. Where hostPort
 * does not work and the repair would refuse, it says why and ends with 3.
 */
export async function run(context: CommandContext): Promise<ExitCode> {
	const {evidence, diagnosis} = await lookInTime(context);
	const asked = strategyFlag(context.flags);
	assertStrategyNamed(evidence, diagnosis.cluster.cilium.version, asked);
	const seen = view(evidence);
	const strategy = asked ?? recommendStrategy(seen).strategy;
	const changes = neededChanges(evidence, strategy);
	const text = changes.map(change => unifiedDiff(change)).join('');
	const colour = shouldColour(textFlag(context.flags, 'color'), context.stdout, context.environment);
	context.stdout.write(colour ? colouredDiff(text) : text);
	const owner = ownershipWarning(seen, neededKeys(seen, strategy));
	if (owner !== undefined) context.stderr.write(`${owner.message}\n${owner.hint}\n`);
	const unseen = diagnosis.nodes.filter(node => node.verdict === 'unknown');
	for (const node of unseen) context.stderr.write(`${node.name}: not looked at: ${node.reason}\n`);
	const fileless = withoutFiles(evidence);
	for (const {name, attempts} of fileless)
		context.stderr.write(
			`${name}: its CNI file was not seen: ${attempts.map(({reason}) => reason).find(Boolean) ?? 'no way in shows it'}\n`,
		);
	// Where the strategy is what serves already, what ails a node is something else.
	const isFaulty = diagnosis.nodes.some(({verdict}) => verdict === 'broken' || verdict === 'degraded');
	const refusals = isFaulty && seen.judged.some(({path}) => path !== strategy) ? refusalsOf(seen, strategy) : [];
	for (const {message, hint} of refusals) context.stderr.write(`${strategy} is not possible: ${message}\n${hint}\n`);
	tellGaps(context, evidence);
	if (changes.length > 0 && fileless.length === 0) return exitCode.faults;
	return unseen.length > 0 || fileless.length > 0 || evidence.gaps.length > 0 || refusals.length > 0 ? exitCode.incomplete : exitCode.well;
}
