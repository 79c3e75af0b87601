import type {NodeAccess} from '../../access/access.ts';
import {supportedVersions} from '../../cilium/cni-versions.ts';
import {clashText, refusedCniVersions} from '../../diagnosis/asked-cni-versions.ts';
import type {NodeView} from '../../diagnosis/node-view.ts';
import {ActionableError} from '../../errors.ts';
import * as z from 'zod/mini';
import {architecture, cniVersions, flag, folder, line} from '../checked-values.ts';
import {defineStep, type Checked} from '../define-step.ts';
import {bytesText, count} from '../../words.ts';
import {readLoadedConflist} from '../acts/loaded-conflist.ts';
import {nodesNow} from '../acts/nodes-now.ts';
import {insist} from '../acts/patience.ts';
import type {Step} from '../plan/plan.ts';
import {binaryPlaces, installerWarning, isUsualFolder} from '../plan/binary-places.ts';
import {askPortmap, keptPrefix, scriptMilliseconds, type PortmapAnswer} from '../acts/portmap-on-node.ts';
import {assertArchitecture, assertCniVersions} from '../sources/inspect.ts';
import type {StepContext, Undone} from '../step-work.ts';

const putMilliseconds = 180_000;
/** So named that `cleanup` finds it and no runtime reads it. */
const stagedName = (run: string): string => `.portmap.kubectl-hostport-${run}`;

/** The portmap of before, for as long as the run may be undone; `cleanup` finds it by its end too. */
const keptName = (run: string): string => `${keptPrefix}${run}`;

/**
 * `folder`: on the node, the one that the container runtime searches. `cniVersions`: what it calls portmap with; one that refuses any of
 * them stops every pod. `keepsOld`: the one that is there runs and is only too old, so it is kept beside the new one, and undoing puts it
 * back. `isRefuted`: the runtime could not run the one that is there, though it may answer in a pod.
 */
const parameters = z.strictObject({folder, architecture, cniVersions, keepsOld: flag, isRefuted: flag});
type PutBinary = Step<Checked<typeof parameters>>;
const captured = z.object({
	was: z.optional(line),
	answer: z.optional(line),
	sha256: z.optional(line),
	mode: z.optional(line),
	put: z.optional(line),
});

/** Puts portmap on one node; it is in place only after it has run there. */
export const putBinary = defineStep({
	kind: 'put-binary',
	parameters,
	captured,
	parallel: 16,
	// Undone last: as long as any conflist names portmap, the binary has to be there.
	order: {plan: () => 10, undo: 9},
	words: (node, own) => ({
		id: `binary/${node}`,
		title: `install portmap on ${node}`,
		undo: own.keepsOld
			? 'restores the old one once it can serve the CNI file again'
			: `nothing to undo: it stays in ${own.folder}, because pods started with it need it to stop`,
	}),

	/**
	 * One for each node on which portmap has not been seen to run in the folder that the runtime searches, or refuses a version that it is
	 * called with there.
	 */
	plan(planning) {
		const places = new Map(binaryPlaces(planning).map(place => [place.node, place]));
		const source = (planning.choice.sources ?? []).join(', ') || 'a source that is not chosen yet';
		return planning.nodes.flatMap(node => {
			const place = places.get(node.name);
			const refused = refusedCniVersions(node, planning.view);
			const {state, says, file} = node.binary;
			if (place === undefined || (state === 'working' && refused.length === 0)) return [];
			const isTooOld = state === 'working';
			const into = place.folder;
			// Where the runtime calls it already and it refuses the file, nothing lives by it that could need it back.
			const keepsOld = isTooOld && node.portmapFailure === undefined;
			const isRefuted = state === 'fails' && file?.versionExitCode === 0;
			return [
				{
					node: node.name,
					parameters: {folder: into, architecture: architectureOf(node), cniVersions: [...place.cniVersions], keepsOld, isRefuted},
					preview: {
						text: `${node.name}: ${into}/portmap from ${source}, mode 0755 (now: ${isTooOld ? clashText(node, refused) : says})`,
						changes: [],
					},
					checkBefore: `whether ${into}/portmap exists and answers CNI_COMMAND=VERSION`,
					checkAfter: 'size and sha256 on the node; it answers CNI_COMMAND=VERSION with the versions that the CNI file asks for',
					blastRadius: 'adds one file to the node; nothing calls it yet',
				},
			];
		});
	},

	summary: steps => `installs portmap on ${count(steps.length, 'node')}`,
	sideEffects: steps => [`adds one binary to ${steps.length === 1 ? steps[0]?.node : count(steps.length, 'node')}`],
	warnings: (_steps, planning) => installerWarning(planning),
	binaries: own => [own.architecture],
	rights: [{verbs: ['create', 'get', 'delete'], resource: 'pods', where: 'helpers', why: 'the pods that write, look and test'}],
	resume: {tidies: ['cut off']},

	async check(step, context) {
		const answer = await probe(step, context);
		if (answer.exitCode !== 0 || (await isTheRefuted(step, context, answer))) return undefined;
		context.seenRunning.set(step.node, context.clock.now());
		return `portmap exists and answers: ${answer.lines.get('answer') ?? ''}`;
	},

	async capture(step, context) {
		const {keepsOld, architecture: own} = step.parameters;
		const {exitCode, lines} = await probe(step, context);
		return {
			was: exitCode === 41 ? 'not there' : exitCode === 0 ? 'working' : exitCode === 45 ? 'too old' : 'not working',
			answer: lines.get('answer') ?? '',
			...(keepsOld && {put: (await context.portmapFor(own, context.signal)).sha256}),
			sha256: lines.get('sum') ?? '',
			mode: lines.get('mode') ?? '',
		};
	},

	async apply(step, context) {
		const portmap = await context.portmapFor(step.parameters.architecture, context.signal);
		if (!isUsualFolder(step.parameters.folder)) await context.vouch(folderId(step));
		assertArchitecture(portmap, step.parameters.architecture, step.node);
		assertCniVersions(portmap, step.parameters.cniVersions);
		const name = stagedName(context.run);
		const {content, sha256} = portmap;
		await onNode(step, context, async access => {
			if (access.put === undefined) throw new ActionableError(`${access.label} cannot write`, 'Choose another access with --via.');
			context.say(`${step.node}: sending ${bytesText(content.length)} by ${access.label}`);
			await access.put(
				{folder: step.parameters.folder, name, content, mode: 0o755, sha256},
				{signal: context.signal, timeoutMilliseconds: putMilliseconds},
			);
			// From here to the rename it is one act on the node, which an interruption must not cut in two.
			const {exitCode, lines, stderr} = await askPortmap(access, {signal: AbortSignal.timeout(scriptMilliseconds)}, [
				'install',
				name,
				sha256,
				step.parameters.keepsOld ? keptName(context.run) : '',
				...step.parameters.cniVersions,
			]);
			if (exitCode === 0) return;
			const said = [lines.get('answer') || stderr, ...(lines.has('lacks') ? [`it lacks CNI ${lines.get('lacks')}`] : [])].join('; ');
			throw new ActionableError(
				`${step.node}: portmap from ${portmap.origin} was not installed: ${failures[exitCode] ?? `exit code ${exitCode}`}${said === '' ? '' : ` (${said})`}`,
				hints[exitCode] ?? 'Nothing was changed on that node.',
			);
		});
	},

	async verify(step, context) {
		const {exitCode, lines} = await probe(step, context);
		if (exitCode !== 0)
			throw new ActionableError(
				`${step.node}: ${step.parameters.folder}/portmap does not run (exit code ${exitCode}): ${lines.get('answer') ?? ''}`,
				'Check that folder: something removes or blocks the file.',
			);
		context.seenRunning.set(step.node, context.clock.now());
		return runsText(lines.get('about') ?? '', lines.get('answer') ?? '');
	},

	async revert(step, context, before) {
		const hasOld = step.parameters.keepsOld && before.was === 'too old';
		if ((hasOld || !context.wasDone) && isForeign(step, context))
			throw new ActionableError(
				`${foreignSays(step)}; nothing was changed there`,
				'Roll back in a terminal without --yes to decide. Or check that folder yourself.',
			);
		if (!context.wasDone) await removeStaged(step, context);
		if (hasOld) return putOldBack(step, context, before);
		return {
			state: 'left',
			says: `portmap stays in ${step.parameters.folder} of ${step.node}: pods started with it need it to stop`,
		};
	},

	async tidy(step, context) {
		if (!isForeign(step, context)) await removeStaged(step, context);
	},

	// What is done anew is planned from what the node says now.
	async doubts(step, context, _before, on) {
		if (on === 'resume' || !isForeign(step, context)) return [];
		const {folder: own} = step.parameters;
		return [
			{
				id: folderId(step),
				about: `${own} of ${step.node}`,
				says: foreignSays(step),
				shown: `${own}\n`,
				question: `Remove this run's unfinished files there and restore the portmap that it replaced?`,
			},
		];
	},
});

/** The folder is mounted and written to: one that a journal names has to be of CNI binaries, or to be vouched for. */
const isForeign = (step: PutBinary, {vouched}: Pick<StepContext, 'vouched'>): boolean =>
	!isUsualFolder(step.parameters.folder) && !vouched.has(folderId(step));

const folderId = ({parameters}: PutBinary): string => JSON.stringify(['folder', parameters.folder]);

const foreignSays = ({node, parameters}: PutBinary): string =>
	`the journal says that portmap was installed in ${parameters.folder} of ${node}, which is not a usual folder of CNI binaries`;

// `uname -m` to GOARCH (docs of containernetworking/plugins' releases).
function architectureOf({node, observation}: NodeView): string {
	const machine = observation?.machine ?? '';
	return node.architecture || ({x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm'}[machine] ?? machine);
}

const probe = async (step: PutBinary, context: StepContext): Promise<PortmapAnswer> =>
	onNode(step, context, access => askPortmap(access, context, ['probe', ...step.parameters.cniVersions]));

/** The runtime could not run the one that is there, and it is not the one that this run puts there. */
async function isTheRefuted({parameters: own}: PutBinary, context: StepContext, {lines}: PortmapAnswer): Promise<boolean> {
	if (!own.isRefuted) return false;
	return lines.get('sum') !== (await context.portmapFor(own.architecture, context.signal)).sha256;
}

/** Only where the runtime calls portmap with nothing that the old one refuses: else no pod could start or stop on that node. */
async function putOldBack(step: PutBinary, context: StepContext, before: Partial<Checked<typeof captured>>): Promise<Undone> {
	const {node, parameters: own} = step;
	if (!(await nodesNow(context)).has(node)) return {state: 'undone', says: `${node} is no longer a node of this cluster`};
	const left = (why: string): Undone => ({state: 'left', says: `the newer portmap stays in ${own.folder} of ${node}: ${why}`});
	const {form, file, cniVersion} = await readLoadedConflist(await context.openAgent(node, context.signal), context.signal);
	if (form === 'portmap' && !supportedVersions(before.answer ?? '').includes(cniVersion))
		return left(`${file} calls it with CNI ${cniVersion || 'of an unknown version'}, which the old one refuses`);
	const words = ['restore', keptName(context.run), before.sha256 ?? '', before.put ?? ''] as const;
	const {exitCode, stderr} = await onNode(step, context, access => askPortmap(access, context, words));
	const why = notRestored[exitCode];
	if (why !== undefined) return left(why);
	if (exitCode !== 0)
		throw new ActionableError(
			`${node}: the old portmap was not restored (exit code ${exitCode}): ${stderr}`,
			`Rename ${own.folder}/${keptName(context.run)} to portmap there.`,
		);
	return {state: 'undone', says: `the old portmap is restored in ${own.folder} of ${node}`};
}

/** What a cut transfer may have left. */
async function removeStaged(step: PutBinary, context: StepContext): Promise<void> {
	if ((await nodesNow(context)).has(step.node)) await onNode(step, context, access => askPortmap(access, context, ['remove']));
}

const failures: Readonly<Record<number, string>> = {
	40: 'the folder does not exist',
	42: 'it arrived with another checksum',
	43: 'it does not run there',
	44: 'it cannot be renamed',
	45: 'it is too old for the CNI file of that node',
	46: 'the old one could not be saved beside it',
};
const notRestored: Readonly<Record<number, string>> = {
	41: 'the old one was not saved, or is gone',
	42: 'the saved file is no longer the old one',
	46: 'someone has installed another portmap there since',
};
const hints: Readonly<Record<number, string>> = {
	43: 'Nothing was changed on that node. Use a static build; check for a noexec mount, a wrong architecture and missing libraries.',
	45: 'Nothing was changed on that node. Use containernetworking/plugins 1.0 or later.',
	46: 'Nothing was changed on that node. Check whether its disk is full or read-only.',
};

/** The access is kept open by the runner for the whole step. Again after a passing failure of the API server: everything here may be done twice. */
async function onNode<T>(step: PutBinary, context: StepContext, act: (access: NodeAccess) => Promise<T>): Promise<T> {
	return insist(async () => act(await context.openWriter(step.node, step.parameters.folder, context.signal)), context);
}

/** @param about what it says of itself without a command: a name and a version, or the answer of VERSION once more */
function runsText(about: string, answer: string): string {
	const versions = supportedVersions(answer);
	return `${/^[^{]/u.test(about) ? about : 'portmap'}; it ${versions.length === 0 ? `answers ${answer}` : `supports CNI ${versions.join(', ')}`}`;
}
