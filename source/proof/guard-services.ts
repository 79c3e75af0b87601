import {randomBytes} from 'node:crypto';
import pMap from 'p-map';
import type {NodeAccess} from '../access/access.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Question} from './probes.ts';
import {prove} from './prove.ts';
import takenScript from './taken-script.sh';

type GuardOptions = {
	/** Nodes to ask from; the canary is enough before the others are touched. */
	readonly nodes: readonly string[];
	readonly open: (node: string, signal: AbortSignal) => Promise<NodeAccess>;
	readonly signal: AbortSignal;
};

/** Services that a repair must not take traffic from. */
export type ServiceGuard = {
	/** Services that answered before, `namespace/name:port` each: what `lost` will look after. */
	readonly watched: readonly string[];
	/** Services that answered before and do not answer now, or whose traffic a hostPort has now, one line each; asked again from the same nodes. */
	lost(signal: AbortSignal): Promise<readonly string[]>;
};

type Watched = Pick<Evidence, 'services' | 'pods'>;

/** A node asks at most so many Services; each takes up to nine seconds where nothing answers. */
const takenMilliseconds = 60_000;
const concurrency = 8;

/**
 * Asks each Service that has a port number in common with a hostPort whether it answers at its addresses, and later once
 * more: portmap's rules can take such a Service's traffic (HP15; CVE-2019-9946). A connection alone would not tell, because
 * the hostPort's pod answers too: so what portmap's rules have counted is compared. TCP alone: silence over UDP says nothing.
 */
export async function guardServices(evidence: Watched, options: GuardOptions): Promise<ServiceGuard> {
	const questions = serviceQuestions(evidence, options.nodes);
	const {answered} = await ask(questions, options, options.signal);
	const takenBefore = await askTaken(answered, options, options.signal);
	const before = answered.filter(question => !takenBefore.has(question));
	return {
		watched: [...new Set(answered.map(({hostPort}) => hostPort))],
		async lost(signal) {
			const {answered: now, silent} = await ask(answered, options, signal);
			const taken = await askTaken(
				now.filter(question => before.includes(question) && !isItsOwnPod(question, evidence)),
				options,
				signal,
			);
			return [
				...silent.map(
					({hostPort, via, probe}) => `service ${hostPort} answered at ${probe.address} from ${via} before and does not any more`,
				),
				...[...taken].map(
					({hostPort, via, probe}) =>
						`a hostPort has taken the traffic of service ${hostPort}: traffic from ${via} to ${probe.address} now reaches the hostPort's pod`,
				),
			];
		},
	};
}

/** A node that cannot be asked says nothing about a Service: its questions are in neither list. */
async function ask(
	questions: readonly Question[],
	{open}: GuardOptions,
	signal: AbortSignal,
): Promise<{readonly answered: readonly Question[]; readonly silent: readonly Question[]}> {
	if (questions.length === 0) return {answered: [], silent: []};
	const {results} = await prove(questions, {
		signal,
		generatedAt: '',
		connectSeconds: 3,
		concurrency,
		open: async ({via}) => open(via, signal),
	});
	const answers = new Map(results.map(({hostPort, via, address, ok}) => [JSON.stringify([hostPort, via, address]), ok]));
	const having = (wanted: boolean): readonly Question[] =>
		questions.filter(({hostPort, via, probe}) => answers.get(JSON.stringify([hostPort, via, probe.address])) === wanted);
	return {answered: having(true), silent: having(false)};
}

/** Those whose connections portmap's rules took, every one of several. A node that cannot be asked says nothing. */
async function askTaken(questions: readonly Question[], {open}: GuardOptions, signal: AbortSignal): Promise<ReadonlySet<Question>> {
	const taken = new Set<Question>();
	await pMap(
		Map.groupBy(questions, ({via}) => via),
		async ([node, asked]) => {
			try {
				const access = await open(node, signal);
				try {
					for (const question of await takenAmong(asked, access, signal)) taken.add(question);
				} finally {
					await access.close();
				}
			} catch {
				signal.throwIfAborted();
			}
		},
		{concurrency},
	);
	return taken;
}

async function takenAmong(asked: readonly Question[], access: NodeAccess, signal: AbortSignal): Promise<readonly Question[]> {
	const marker = randomBytes(8).toString('hex');
	const words = asked.flatMap(({probe}) => [String(probe.id), probe.address, String(probe.port)]);
	const {stdout} = await access.run(takenScript, {parameters: [marker, ...words], signal, timeoutMilliseconds: takenMilliseconds});
	const ids = stdout.split('\n').flatMap(line => {
		const [own, id, count, tries] = line.split(' ');
		return own === marker && Number(count) >= Number(tries) ? [Number(id)] : [];
	});
	return asked.filter(({probe}) => ids.includes(probe.id));
}

/** An ingress often has both: a Service and a hostPort, and the same pods behind them. */
function isItsOwnPod({hostPort: name, via, probe}: Question, {services, pods}: Watched): boolean {
	const selector = Object.entries(services.find(each => nameOf(each, probe.port) === name)?.selector ?? {});
	const takers = pods.filter(
		({node, hostNetwork, ports}) => node === via && !hostNetwork && ports.some(({hostPort}) => hostPort === probe.port),
	);
	return (
		selector.length > 0 &&
		takers.length > 0 &&
		takers.every(({namespace, labels}) => name.startsWith(`${namespace}/`) && selector.every(([key, value]) => labels[key] === value))
	);
}

const nameOf = ({namespace, name}: Evidence['services'][number], port: number): string => `${namespace}/${name}:${port}`;

function serviceQuestions({services, pods}: Watched, nodes: readonly string[]): readonly Question[] {
	const hostPorts = new Set(pods.filter(({hostNetwork}) => !hostNetwork).flatMap(({ports}) => ports.map(({hostPort}) => hostPort)));
	const asked: Question[] = [];
	for (const service of services) {
		const addresses = [...service.clusterIPs, ...service.externalIPs].filter(ip => ip !== '' && ip !== 'None');
		for (const {port, protocol} of service.ports.filter(each => each.protocol === 'TCP' && hostPorts.has(each.port))) {
			for (const address of addresses) {
				for (const via of nodes) {
					const probe = {id: asked.length, protocol: protocol as 'TCP', address, port};
					asked.push({probe, hostPort: nameOf(service, port), node: via, from: 'same-node', via, by: '', expected: 'answer', because: ''});
				}
			}
		}
	}

	return asked;
}
