import {argumentFor, variableFor} from '../cilium/agent-arguments.ts';
import {overridableKeys, type Settings} from '../cilium/keys.ts';
import {isVersion} from '../cilium/version.ts';
import type {CiliumEvidence, NodeConfigEvidence, NodeEvidence} from '../evidence/evidence.ts';
import {selects} from './label-selector.ts';

/** A key that something other than cilium-config sets for a node. */
export type Override = {
	readonly source: string;
	readonly key: string;
	readonly value: string;
};

/** What the agent of a node should run with when it starts now. */
export type EffectiveSettings = {
	/** cilium-config alone; undefined where it was not read. */
	readonly configured: Settings | undefined;
	/** cilium-config with the overrides over it; undefined where it was not read. */
	readonly settings: Settings | undefined;
	readonly overrides: readonly Override[];
};

/**
 * Puts over cilium-config what wins over it: CiliumNodeConfig (1.13 and later), then environment, then arguments of the
 * agent. Gives the settings of any node; what all nodes share is worked out once.
 */
export function effectiveSettings(cilium: CiliumEvidence | null): (node: Pick<NodeEvidence, 'labels'>) => EffectiveSettings {
	const configured = cilium?.configMap?.data;
	const shared = cilium === null ? [] : daemonSetOverrides(cilium);
	// The agent asks for those of its own namespace only (cilium build-config, readNodeConfigs), and does so since 1.13.
	const isAsked = (namespace: string): boolean => namespace === cilium?.namespace && !isVersion(cilium.version, '<1.13.0');
	const nodeConfigs = (cilium?.nodeConfigs ?? []).filter(({namespace}) => isAsked(namespace)).sort((a, b) => (a.name < b.name ? -1 : 1));
	return ({labels}) => {
		const overrides = [...nodeConfigs.filter(each => selects(each, labels)).flatMap(each => nodeConfigOverrides(each)), ...shared];
		const winning = overrides.filter(({key, value}) => configured?.[key] !== value);
		return {
			configured,
			settings:
				overrides.length === 0
					? configured
					: configured && {...configured, ...Object.fromEntries(overrides.map(({key, value}) => [key, value]))},
			overrides: winning,
		};
	};
}

function nodeConfigOverrides({name, namespace, defaults}: NodeConfigEvidence): Override[] {
	return overridableKeys.flatMap(key => {
		const value = defaults[key];
		return value === undefined ? [] : {source: `ciliumnodeconfig ${namespace}/${name}`, key, value};
	});
}

function daemonSetOverrides({daemonSet, namespace}: CiliumEvidence): Override[] {
	if (daemonSet === null) {
		return [];
	}

	const source = `daemonset ${namespace}/${daemonSet.name}`;
	const byEnvironment = overridableKeys.flatMap(key => {
		const value = daemonSet.env[variableFor(key)];
		return value === undefined || value === '' ? [] : {source: `${source}, environment`, key, value};
	});
	const byArguments = overridableKeys.flatMap(key => {
		const value = argumentFor(daemonSet.args, key);
		return value === undefined ? [] : {source: `${source}, arguments`, key, value};
	});
	return [...byEnvironment, ...byArguments];
}
