import {chartDropsHostPortKey} from '../../cilium/native-host-port.ts';
import {pathlessFinding} from '../pathless.ts';
import type {Cause} from './cause.ts';

/** Half on: `enable-host-port` without `enable-node-port`, which turns hostPort off without a log line (1.8 to 1.18). */
export const hp01b: Cause = {
	code: 'HP01b',
	find: view =>
		pathlessFinding(view, 'HP01b', () => ({
			what: 'enable-host-port is true, but enable-node-port is not, and the agent then turns hostPort off without a word',
			remedy: `Run kubectl hostport fix: it chains portmap, or sets enable-node-port beside enable-host-port (--strategy native).${
				chartDropsHostPortKey(view.version)
					? ` The Helm chart of Cilium ${view.version} does not write enable-host-port from hostPort.enabled: with Helm use extraConfig.`
					: ''
			}`,
			repairable: true,
		})),
};
