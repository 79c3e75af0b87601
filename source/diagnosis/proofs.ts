import {kernelForNativeHostPort, nativeHostPortKernels} from '../cilium/kernel.ts';
import {defaultReplacement, hostPortKeys, type HostPortKey, keyExists, replacementOf} from '../cilium/keys.ts';
import {autoDisabling} from '../cilium/log-lines.ts';
import {isVersion} from '../cilium/version.ts';
import type {Proof} from './diagnosis.ts';
import type {NodeView} from './node-view.ts';
import {hasPortmapHook, unreadTable} from './port-mappings.ts';
import type {View} from './view.ts';
import {alike} from './wording.ts';

/** How the ConfigMap is called in a proof. */
export function configMapName({evidence}: View): string {
	return `configmap ${evidence.cilium?.namespace ?? ''}/${evidence.cilium?.configMap?.name ?? 'cilium-config'}`;
}

/** What cilium-config says of the keys that decide hostPort, a line each; absent ones with what that means. */
export function configMapProofs(view: View, keys: readonly HostPortKey[] = decisiveKeys): Proof[] {
	const data = view.evidence.cilium?.configMap?.data;
	if (data === undefined) {
		return [];
	}

	return keys.flatMap(key => {
		const value = data[key];
		if (value === undefined) {
			const meaning = meaningOfAbsence(view.version, key);
			return meaning === undefined ? [] : {source: configMapName(view), says: `${key} is absent${meaning}`};
		}

		const isPassedOver = keyExists(view.version, key) ? '' : `, which Cilium ${view.version} does not know and ignores`;
		const isUnknown =
			key === 'cni-chaining-mode' && !chainingModes.has(value.trim().toLowerCase()) ? ', which is not a mode of Cilium' : '';
		return {source: configMapName(view), says: `${key}: ${value}${isPassedOver}${isUnknown}`};
	});
}

// Documentation of `cni.chainingMode`, 1.8 to 1.20.
const chainingModes = new Set(['none', 'aws-cni', 'flannel', 'generic-veth', 'portmap', '']);

/** What wins over cilium-config on these nodes. */
export function overrideProofs(nodes: readonly NodeView[]): Proof[] {
	return hostPortKeys.flatMap(key =>
		alike(nodes, ({overrides}) => {
			const found = overrides.findLast(override => override.key === key);
			return found && {source: found.source, says: `${key}: ${found.value}, which overrides cilium-config`};
		}),
	);
}

/** What the agents report of themselves. */
export function statusProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({status, isStarting}) =>
		status === undefined
			? undefined
			: {
					source: 'cilium status',
					says: [
						isStarting
							? 'no feature list yet: the agent has only just started'
							: status.kubeProxyReplacement === '' && !status.hostPortEnabled
								? 'no feature list'
								: `HostPort: ${status.hostPortEnabled ? 'Enabled' : 'Disabled'}`,
						...(status.kubeProxyReplacement === '' ? [] : [`KubeProxyReplacement: ${status.kubeProxyReplacement}`]),
						...(status.chainingMode === '' ? [] : [`CNI Chaining: ${status.chainingMode}`]),
					].join(', '),
				},
	);
}

/** Options that an agent printed when it started: what it really runs with, whatever the ConfigMap says by now. */
export function optionProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({observation}) => {
		const options = (observation?.agentLog ?? []).flatMap(
			line => /--(?:kube-proxy-replacement|enable-host-port|enable-node-port|cni-chaining-mode)='[^']*'/.exec(line)?.[0] ?? [],
		);
		return options.length === 0 ? undefined : {source: 'agent log', says: `it started with ${options.join(' ')}`};
	});
}

// One thing in the words of older and newer versions.
const sameReplacement: Readonly<Record<string, string>> = {disabled: 'false', strict: 'true'};

/** That the agents report another kube-proxy replacement than their settings say: then they do not run with them. */
export function disagreementProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({status, settings, version}) => {
		const reported = status?.kubeProxyReplacement ?? '';
		const asked = settings === undefined ? '' : replacementOf(version, settings).toLowerCase();
		return reported === '' || asked === '' || (sameReplacement[reported] ?? reported) === (sameReplacement[asked] ?? asked)
			? undefined
			: {
					source: 'cilium status',
					says: `reports ${reported} but the settings say ${asked}: the agents were not restarted since, or something overrides them`,
				};
	});
}

/** The file that the runtime loads, and its plugins. */
export function loadedFileProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({loaded, observation, otherFolder}) => {
		const folder = observation?.configurationFolder?.host;
		if (folder === undefined) {
			return undefined;
		}

		if (otherFolder !== undefined) {
			return {source: folder, says: `Cilium writes its CNI file here; the runtime reads ${otherFolder.runtime}, so it is not loaded`};
		}

		if (loaded === undefined) {
			const network = observation?.runtime?.network;
			return network === undefined || observation?.configurationFolder?.files.length === 0
				? {source: folder, says: 'no CNI configuration file'}
				: {source: 'CRI-O’s configuration', says: `cni_default_network: ${network}, and no file in ${folder} has that network name`};
		}

		const {plugins, problem, file} = loaded;
		const missing = plugins.includes('portmap') ? '' : '; portmap is not among them';
		return {
			source: `${folder}/${file.name}`,
			says: problem === '' ? `the loaded file; plugins: ${plugins.join(', ')}${missing}` : `the loaded file; ${problemWords[problem]}`,
		};
	});
}

/** That portmap made no rules, or how many mappings it made. */
export function ruleProofs(nodes: readonly NodeView[]): Proof[] {
	return alike(nodes, ({rulesRead, observation, mappings}) => {
		if (!rulesRead) {
			return undefined;
		}

		const made = mappings.filter(({by}) => by === 'portmap').length;
		const unread = unreadTable(observation?.nat);
		return {
			source: 'nat table',
			says: hasPortmapHook(observation?.nat)
				? `chain CNI-HOSTPORT-DNAT exists, ${made === 0 ? 'no' : made} mapping${made === 1 ? '' : 's'} of portmap`
				: unread === ''
					? 'no CNI-HOSTPORT-DNAT chain: portmap created no rule'
					: `no CNI-HOSTPORT-DNAT chain in what was read; ${unread}`,
		};
	});
}

/** Clears the usual false lead: the log line that seems to blame the kernel, and the kernel itself (facts, section 0). */
export function falseLeadProofs(nodes: readonly NodeView[]): Proof[] {
	const byLog = alike(nodes, ({observation}) =>
		observation?.agentLog.some(line => autoDisabling.test(line)) === true
			? {
					source: 'agent log',
					says: 'the line Auto-disabling "enable-host-port" means that the agent runs with kube-proxy-replacement=disabled; it does not mean that the kernel is too old',
				}
			: undefined,
	);
	const byKernel = alike(nodes, ({node, observation}) => {
		const kernel = observation?.kernel || node.kernel;
		return kernelForNativeHostPort(kernel) === 'enough'
			? {
					source: 'kernel',
					says: `${kernel} is enough: hostPort by eBPF needs ${nativeHostPortKernels} by Cilium's documentation, so the kernel is not the cause`,
				}
			: undefined;
	});
	return [...(byLog.length > 0 ? byLog : unreadLog(nodes)), ...byKernel.slice(0, 1)];
}

/** The same where the log was not read: an agent of these versions that reports `disabled` has printed the line (facts, 0.a). */
function unreadLog(nodes: readonly NodeView[]): Proof[] {
	const node = nodes.find(({status, version}) => status?.kubeProxyReplacement === 'disabled' && isVersion(version, '>=1.8.0 <1.16.0'));
	return node === undefined
		? []
		: [
				{
					source: `Cilium ${node.version}`,
					says: 'an agent with kube-proxy-replacement=disabled logs Auto-disabling "enable-host-port"; that line does not mean that the kernel is too old',
				},
			];
}

const decisiveKeys = ['kube-proxy-replacement', 'enable-host-port', 'enable-node-port', 'cni-chaining-mode'] as const;

const problemWords = {
	'not-json': 'it is not valid JSON',
	'no-plugins': 'it names no plugin',
	'wrong-form': 'its content does not match its extension: a .conflist has several plugins, a .conf or .json one',
	'no-name': 'it has no name for the network',
	'no-type': 'one of its plugins has no type',
	'wrong-value': 'cniVersion is not a string, or a capability of a plugin is neither true nor false',
	'portmap-first': 'portmap comes first in it, and refuses to run before a plugin that makes the network',
	'too-long': 'it is too long to read completely',
	link: 'it links to a file that was not read',
	unreadable: 'it could not be read with this access: only root may read it',
} as const;

/** What the absence of a key means, to stand behind "is absent"; undefined where it means nothing worth a line. */
function meaningOfAbsence(version: string, key: HostPortKey): string | undefined {
	if (key === 'kube-proxy-replacement') {
		const value = defaultReplacement(version);
		return value === '' ? ', so the default applies' : `, so ${value}`;
	}

	if (key === 'cni-chaining-mode') {
		return ', so none';
	}

	return (key === 'enable-host-port' || key === 'enable-node-port') && keyExists(version, key) ? '' : undefined;
}
