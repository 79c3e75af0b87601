import {parseJumpHosts} from '../../source/access/ssh/jump-hosts.ts';
import {parseKnownHosts} from '../../source/access/ssh/known-hosts.ts';
import {parseKeywords} from '../../source/access/ssh/ssh-config.ts';
import {loadedFile} from '../../source/cilium/loaded-file.ts';
import {parse} from '../../source/cli.ts';
import {parseDuration} from '../../source/cluster/duration.ts';
import {parseKubeconfig} from '../../source/cluster/kubeconfig-file.ts';
import {refusal, statusIn} from '../../source/cluster/server-answer.ts';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {architectureOf} from '../../source/evidence/elf-architecture.ts';
import {evidenceSchema} from '../../source/evidence/evidence.ts';
import {agentPodOf} from '../../source/evidence/objects/agent-pods.ts';
import {configMapOf} from '../../source/evidence/objects/config-maps.ts';
import {daemonSetOf} from '../../source/evidence/objects/daemon-sets.ts';
import {versionOfImage} from '../../source/evidence/objects/image-version.ts';
import {nodeOf} from '../../source/evidence/objects/nodes.ts';
import {parseAddresses} from '../../source/evidence/parse-addresses.ts';
import {parseAgentStatus} from '../../source/evidence/parse-agent-status.ts';
import {parseCache} from '../../source/evidence/parse-cache.ts';
import {parseProbes, parseUdpConnections} from '../../source/evidence/parse-connections.ts';
import {parseListeners} from '../../source/evidence/parse-listeners.ts';
import {parseNodeOutput} from '../../source/evidence/parse-node-output.ts';
import {parseRuleset} from '../../source/evidence/parse-ruleset.ts';
import {parseServiceList} from '../../source/evidence/parse-service-list.ts';
import {parseUnits} from '../../source/evidence/parse-units.ts';
import {redacted} from '../support/redacted.ts';
import {savedPart} from '../../source/evidence/saved-part.ts';
import {withoutSecrets} from '../../source/evidence/without-secrets.ts';
import {printable, printableLine, withoutUserinfo} from '../../source/foreign-text.ts';
import {codeSpan, prose} from '../../source/output/markdown-text.ts';
import {xmlText} from '../../source/output/xml-text.ts';
import {parseAnswers} from '../../source/proof/parse-answers.ts';
import {inspectPortmap} from '../../source/repair/sources/inspect.ts';
import {sumIn} from '../../source/repair/sources/checksum.ts';

/** Every parser of text from outside. `raw`: its result is not for showing (the caller makes it printable), or is the text itself. */
export type Target = {
	/** Kinds of seeds, by the beginning of a name in the corpus. */
	readonly seeds: readonly string[];
	readonly run: (text: string) => unknown;
	readonly raw?: true;
};

export const marker = '0123456789abcdef';
const json = (text: string): unknown => {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
};
const node = {marker, configurationFolder: '/etc/cni/net.d', binaryFolder: '/opt/cni/bin', isOnNode: false};
const unauthorized = () => ({message: '', hint: ''});

export const targets: Readonly<Record<string, Target>> = {
	'node output': {seeds: ['node'], run: text => parseNodeOutput(text, node)},
	'agent status': {seeds: ['status'], run: parseAgentStatus},
	'service list': {seeds: ['services'], run: parseServiceList},
	listeners: {seeds: ['node', 'lines'], run: text => parseListeners(text, 'x86_64')},
	probes: {seeds: ['lines'], run: parseProbes},
	'udp connections': {seeds: ['lines'], run: parseUdpConnections},
	addresses: {seeds: ['lines'], run: parseAddresses},
	'sandbox cache': {seeds: ['cache'], run: parseCache},
	ruleset: {seeds: ['ruleset'], run: parseRuleset},
	units: {seeds: ['lines'], run: text => parseUnits(text, 1_700_000_000)},
	'ELF header': {seeds: ['lines'], run: architectureOf},
	'CNI file': {seeds: ['cni'], run: content => loadedFile([{name: '05-cilium.conflist', content}]), raw: true},
	'secrets of a file': {seeds: ['cni', 'kubeconfig'], run: withoutSecrets, raw: true},
	'evidence file': {
		seeds: ['evidence'],
		run(text) {
			const {success, data} = evidenceSchema.safeParse(json(text));
			if (!success) return undefined;
			const saved = savedPart(data);
			return [data, diagnose(data), redacted(saved)];
		},
	},
	'node object': {seeds: ['object'], run: text => nodeOf(json(text))},
	'agent pod': {seeds: ['object'], run: text => agentPodOf(json(text))},
	'DaemonSet object': {seeds: ['object'], run: text => daemonSetOf(json(text))},
	'ConfigMap object': {seeds: ['object'], run: text => configMapOf(json(text))},
	'image reference': {seeds: ['lines'], run: versionOfImage},
	'Status object': {seeds: ['object'], run: text => statusIn(Buffer.from(text)), raw: true},
	refusal: {
		seeds: ['object'],
		run: text =>
			refusal(
				{verb: 'list', resource: 'pods', namespace: undefined, name: undefined, path: '/', method: 'GET'},
				'server',
				{status: 403, contentType: 'application/json', retryAfter: text.slice(0, 20), body: Buffer.from(text)},
				unauthorized,
			).message,
	},
	kubeconfig: {seeds: ['kubeconfig'], run: text => parseKubeconfig(text.slice(0, 16_384), '/k'), raw: true},
	duration: {seeds: ['lines'], run: text => parseDuration(text, '--x')},
	'words typed': {seeds: ['lines'], run: text => parse(text.split(/[ \n]/u).slice(0, 50)), raw: true},
	known_hosts: {seeds: ['ssh'], run: text => parseKnownHosts(text, 'known_hosts'), raw: true},
	ssh_config: {seeds: ['ssh'], run: parseKeywords, raw: true},
	'jump hosts': {seeds: ['lines', 'ssh'], run: parseJumpHosts, raw: true},
	'proof answers': {seeds: ['node', 'lines'], run: text => parseAnswers(text, marker), raw: true},
	'portmap binary': {seeds: ['lines'], run: text => inspectPortmap(Buffer.from(`\u007FELF${text}`, 'latin1'), 'origin'), raw: true},
	checksum: {seeds: ['lines'], run: sumIn},
	printable: {seeds: ['node', 'lines'], run: text => [printable(text), printableLine(text)]},
	address: {seeds: ['lines'], run: withoutUserinfo, raw: true},
	'JUnit text': {seeds: ['lines'], run: text => xmlText(printable(text))},
	Markdown: {seeds: ['lines'], run: text => [prose(printable(text)), codeSpan(printable(text))]},
};
