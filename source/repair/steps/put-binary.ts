import type {NodeAccess} from '../../access/access.ts';
import type {NodeView} from '../../diagnosis/node-view.ts';
import {ActionableError} from '../../errors.ts';
import * as z from 'zod/mini';
import {architecture, folder, line} from '../checked-values.ts';
import {defineStep, type Checked} from '../define-step.ts';
import {nodesNow} from '../nodes-now.ts';
import {insist} from '../patience.ts';
import type {Step} from '../plan.ts';
import {binaryPlaces, installerWarning} from '../plan-binaries.ts';
import {askPortmap, scriptMilliseconds} from '../portmap-on-node.ts';
import {assertArchitecture} from '../sources/inspect.ts';
import type {StepContext} from '../step-work.ts';

const putMilliseconds = 180_000;
/** So named that `cleanup` finds it and no runtime reads it. */
const stagedName = (run: string): string => `.portmap.kubectl-hostport-${run}`;

/** `folder`: on the node, the one that the container runtime searches. */
const parameters = z.strictObject({folder, architecture});
type PutBinary = Step<Checked<typeof parameters>>;

/** Puts portmap on one node; it is in place only after it has run there. */
export const putBinary = defineStep({
	kind: 'put-binary',
	parameters,
	captured: z.object({was: z.optional(line), sha256: z.optional(line), mode: z.optional(line)}),
	parallel: 16,
	// Undone last: as long as any list names portmap, the binary has to be there.
	order: {plan: () => 10, undo: 9},
	words: (node, own) => ({
		id: `binary/${node}`,
		title: `put portmap on ${node}`,
		undo: `nothing to undo: it stays in ${own.folder}, where pods that were started with it need it to stop`,
	}),

	/** One for each node on which portmap has not been seen to run in the folder that the runtime searches. */
	plan(planning) {
		const folders = new Map(binaryPlaces(planning).map(place => [place.node, place.folder]));
		const source = (planning.choice.sources ?? []).join(', ') || 'a source still to be chosen';
		return planning.nodes.flatMap(node => {
			const into = folders.get(node.name);
			if (into === undefined || node.binary.state === 'working') return [];
			return [
				{
					node: node.name,
					parameters: {folder: into, architecture: architectureOf(node)},
					preview: {text: `${node.name}: ${into}/portmap from ${source}, mode 0755 (now: ${node.binary.says})`, changes: []},
					checkBefore: `whether ${into}/portmap is there and answers CNI_COMMAND=VERSION`,
					checkAfter: 'size and sha256 on the node; it answers CNI_COMMAND=VERSION under its own name',
					blastRadius: 'one file on the node; nothing calls it yet',
				},
			];
		});
	},

	summary: steps => `puts portmap on ${steps.length === 1 ? '1 node' : `${steps.length} nodes`}`,
	warnings: (_steps, planning) => installerWarning(planning),
	binaries: own => [own.architecture],
	rights: [{verbs: ['create', 'get', 'delete'], resource: 'pods', where: 'cilium', why: 'the pods that write, look and test'}],
	resume: {tidies: 'cut off'},

	async check(step, context) {
		const answer = await onNode(step, context, access => askPortmap(access, context, ['probe']));
		if (answer.exitCode !== 0) return undefined;
		context.seenRunning.set(step.node, context.clock.now());
		return `portmap is there and answers: ${answer.lines.get('answer') ?? ''}`;
	},

	async capture(step, context) {
		const {exitCode, lines} = await onNode(step, context, access => askPortmap(access, context, ['probe']));
		return {
			was: exitCode === 41 ? 'not there' : exitCode === 0 ? 'working' : 'not working',
			sha256: lines.get('sum') ?? '',
			mode: lines.get('mode') ?? '',
		};
	},

	async apply(step, context) {
		const portmap = await context.portmapFor(step.parameters.architecture, context.signal);
		assertArchitecture(portmap, step.parameters.architecture, step.node);
		const name = stagedName(context.run);
		const {content, sha256} = portmap;
		await onNode(step, context, async access => {
			if (access.put === undefined) throw new ActionableError(`${access.label} cannot write`, 'Use another way in: --via.');
			context.say(`${step.node}: sending ${(content.length / 1_048_576).toFixed(1)} MB by ${access.label}`);
			await access.put(
				{folder: step.parameters.folder, name, content, mode: 0o755, sha256},
				{signal: context.signal, timeoutMilliseconds: putMilliseconds},
			);
			// From here to the rename it is one act on the node, which an interruption must not cut in two.
			const {exitCode, lines, stderr} = await askPortmap(access, {signal: AbortSignal.timeout(scriptMilliseconds)}, [
				'install',
				name,
				sha256,
			]);
			if (exitCode === 0) return;
			const said = lines.get('answer') || stderr;
			throw new ActionableError(
				`${step.node}: portmap from ${portmap.origin} was not put in place: ${failures[exitCode] ?? `exit code ${exitCode}`}${said === '' ? '' : ` (${said})`}`,
				hints[exitCode] ?? 'Nothing was changed on that node.',
			);
		});
	},

	async verify(step, context) {
		const {exitCode, lines} = await onNode(step, context, access => askPortmap(access, context, ['probe']));
		if (exitCode !== 0)
			throw new ActionableError(
				`${step.node}: ${step.parameters.folder}/portmap does not run (exit code ${exitCode}): ${lines.get('answer') ?? ''}`,
				'Look at that folder: something removes or blocks the file.',
			);
		context.seenRunning.set(step.node, context.clock.now());
		return `${lines.get('about') || 'portmap'}; it answers ${lines.get('answer') ?? ''}`;
	},

	async revert(step, context) {
		if (!context.wasDone) await removeStaged(step, context);
		return {
			state: 'left',
			says: `portmap stays in ${step.parameters.folder} of ${step.node}: pods that were wired with it need it to stop`,
		};
	},

	tidy: async (step, context) => removeStaged(step, context),
});

// `uname -m` to GOARCH (docs of containernetworking/plugins' releases).
function architectureOf({node, observation}: NodeView): string {
	const machine = observation?.machine ?? '';
	return node.architecture || ({x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm'}[machine] ?? machine);
}

/** What a cut transfer may have left. */
async function removeStaged(step: PutBinary, context: StepContext): Promise<void> {
	if ((await nodesNow(context)).has(step.node)) await onNode(step, context, access => askPortmap(access, context, ['remove']));
}

const failures: Readonly<Record<number, string>> = {
	40: 'the folder is not there',
	42: 'it arrived with another checksum',
	43: 'it does not run there',
	44: 'it cannot be renamed',
};
const hints: Readonly<Record<number, string>> = {
	43: 'Nothing was changed on that node. A mount with noexec, a wrong architecture or missing libraries show like this: use a static build.',
};

/** The way in is kept open by the runner for the whole step. Again after a passing failure of the API server: everything here may be done twice. */
async function onNode<T>(step: PutBinary, context: StepContext, act: (access: NodeAccess) => Promise<T>): Promise<T> {
	return insist(async () => act(await context.openWriter(step.node, step.parameters.folder, context.signal)), context);
}
