import {exitCode, type ExitCode} from '../errors.ts';
import {shouldColour} from '../output/colour.ts';
import {startProgressLine} from '../output/progress-line.ts';
import {colouredDiff, unifiedDiff} from '../output/unified-diff.ts';
import {neededChanges, recommendStrategy} from '../repair/needed-change.ts';
import type {Strategy} from '../repair/wanted-keys.ts';
import {textFlag} from './flag-values.ts';
import type {CommandContext} from './command.ts';
import {tellGaps} from './outcome.ts';
import {lookInTime} from './time-limit.ts';

/** `diff`: what the repair would change, and nothing else; like `kubectl diff` it ends with 1 where there is a difference. */
export async function run(context: CommandContext): Promise<ExitCode> {
	const progress = startProgressLine(context.stderr, context.environment);
	const {evidence, diagnosis} = await lookInTime(context, progress.show).finally(progress.end);
	const strategy = (textFlag(context.flags, 'strategy') as Strategy | undefined) ?? recommendStrategy(evidence).strategy;
	const changes = neededChanges(evidence, diagnosis, strategy);
	const text = changes.map(change => unifiedDiff(change)).join('');
	const colour = shouldColour(textFlag(context.flags, 'color'), context.stdout, context.environment);
	context.stdout.write(colour ? colouredDiff(text) : text);
	const unseen = diagnosis.nodes.filter(node => node.verdict === 'unknown');
	for (const node of unseen) context.stderr.write(`${node.name}: not looked at: ${node.reason}\n`);
	tellGaps(context, evidence);
	if (changes.length > 0) return exitCode.faults;
	return unseen.length > 0 || evidence.gaps.length > 0 ? exitCode.incomplete : exitCode.well;
}
