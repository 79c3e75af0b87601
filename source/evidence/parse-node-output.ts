import {printableLine} from '../foreign-text.ts';
import type {Observation} from './evidence.ts';
import {answerAt, type NodeRecord, recordsOf} from './node-records.ts';
import {ownCopies} from './own-copies.ts';
import {parseAddresses} from './parse-addresses.ts';
import {parseAgentStatus} from './parse-agent-status.ts';
import {parseCache} from './parse-cache.ts';
import {parseProbes, parseUdpConnections} from './parse-connections.ts';
import {folderRecords, parseBinaryFiles, parseConfigurationFiles} from './parse-folders.ts';
import {parseListeners, parsePortRange} from './parse-listeners.ts';
import {parseNat} from './parse-nat.ts';
import {parseNftables} from './parse-nftables.ts';
import {parseRuntime, runtimeErrors} from './parse-runtime.ts';
import {parseAttached} from './parse-attached.ts';
import {parseDatapath} from './parse-datapath.ts';
import {parseServiceList} from './parse-service-list.ts';
import {parseUnits} from './parse-units.ts';
import {failureOf} from './program-failure.ts';
import {bytesText} from '../words.ts';

type OutputContext = {
	readonly marker: string;
	/** How the node itself calls the folders that the script was sent to; undefined where it was not sent to one. */
	readonly configurationFolder: string | undefined;
	readonly binaryFolder: string | undefined;
	/** The script ran in the node's own namespaces. */
	readonly isOnNode?: boolean;
	/** Who answered, and after how many milliseconds it was over. */
	readonly asked?: {readonly label: string; readonly milliseconds: number};
};

/** What the node script's answer says. Never throws: whatever was not understood is a line in `errors`. */
export function parseNodeOutput(stdout: string, context: OutputContext): Observation {
	const records = recordsOf(stdout, context.marker);
	const seen = observationOf(records, context);
	if (records.at(-1)?.key === 'end') return seen;
	const {label, milliseconds} = context.asked ?? {};
	const who = label === undefined ? 'the answer' : `the answer of ${label}`;
	const when = milliseconds === undefined ? '' : ` (${(milliseconds / 1000).toFixed(1)} s)`;
	const cutOff = `${who} was cut off after ${bytesText(Buffer.byteLength(stdout))}${when}`;
	return {...seen, cutOff, errors: [cutOff, ...seen.errors]};
}

/** The same of records that came in another manner. */
export function observationOf(records: readonly NodeRecord[], context: Omit<OutputContext, 'marker'>): Observation {
	const valueOf = (key: string): string | undefined => records.find(record => record.key === key)?.value;
	const [kernel = '', machine = ''] = printableLine(valueOf('uname') ?? '', 256).split(' ');
	const configuration = folderRecords(records, 'conf');
	const binaries = folderRecords(records, 'bin');
	const status = answerOf(records, 'agent-status', 'cilium status', parseAgentStatus);
	const services = answerOf(records, 'services', 'cilium service list', parseServiceList);
	const datapath = answerOf(records, 'datapath', 'cilium bpf lb list', parseDatapath);
	const sockets = valueOf('listeners');
	const [probed, udp, local, cached] = [valueOf('probes'), valueOf('udp'), valueOf('local'), valueOf('cache')];
	const {probes, reason} = probed === undefined ? {probes: null, reason: ''} : parseProbes(probed);
	const clock = Number.parseInt(valueOf('clock') ?? '', 10) || 0;
	return ownCopies<Observation>({
		clock,
		kernel,
		machine,
		configurationFolder:
			context.configurationFolder !== undefined && configuration?.readable === true
				? {
						host: context.configurationFolder,
						...(configuration.touched !== undefined && {modified: configuration.touched}),
						files: parseConfigurationFiles(configuration.records),
					}
				: null,
		binaryFolder:
			context.binaryFolder !== undefined && binaries?.readable === true
				? {host: context.binaryFolder, files: parseBinaryFiles(binaries.records), ...(binaries.errors.length > 0 && {partial: true})}
				: null,
		onNode: context.isOnNode === true,
		nat: parseNat(records),
		nftables: parseNftables(records),
		agentStatus: status.value,
		serviceEntries: services.value,
		datapathEntries: datapath.value,
		programDevices: parseAttached(records),
		listeners: sockets === undefined ? null : parseListeners(sockets, machine),
		probes,
		localAddresses: local === undefined ? null : parseAddresses(local),
		sandboxes: cached === undefined ? null : parseCache(cached),
		udpConnections: udp === undefined ? null : parseUdpConnections(udp),
		runtime: parseRuntime(records),
		agentLog: [],
		facts: {...factsOf(records, clock), ...(reason !== '' && {connections: `not tried: ${reason}`})},
		errors: [
			...(configuration?.errors ?? []).map(error => `CNI configuration folder: ${error}`),
			...(binaries?.errors ?? []).map(error => `CNI binary folder: ${error}`),
			...status.errors,
			...services.errors,
			...runtimeErrors(records),
			...datapath.errors,
			...loneErrors(records),
		],
	});
}

function factsOf(records: readonly NodeRecord[], clock: number): Record<string, string> {
	const valueOf = (key: string): string => records.find(record => record.key === key)?.value ?? '';
	const portRange = parsePortRange(valueOf('listeners'));
	const told = records.filter(({key}) => key === 'fact').map(({value}) => printableLine(value, 256).split(' '));
	return {
		...(portRange !== undefined && {ip_local_port_range: portRange}),
		...Object.fromEntries(told.map(([name = '', ...words]) => [name, words.join(' ')])),
		...parseUnits(valueOf('units'), clock),
	};
}

/** A program's answer by its parser; where that finds nothing in it, a line that says why. */
function answerOf<T>(
	records: readonly NodeRecord[],
	key: string,
	program: string,
	parse: (text: string) => T | undefined,
): {value: T | null; errors: string[]} {
	const index = records.findIndex(record => record.key === key);
	if (index === -1) return {value: null, errors: []};
	const answer = answerAt(records, index);
	const value = parse(answer.text);
	return value === undefined ? {value: null, errors: [failureOf(program, answer)]} : {value, errors: []};
}

/** Errors of the sections behind the folders, whose own are told with the folder. */
function loneErrors(records: readonly NodeRecord[]): string[] {
	const rest = records.findIndex(({key}) => key === 'rest');
	const behind = rest === -1 ? [] : records.slice(rest);
	return behind.filter(({key}) => key === 'error').map(({value}) => printableLine(value));
}
