/** The Cilium releases that the stand-in agent plays, and what differs between them (docs and charts of those releases). */
export const versions = [
	{
		version: '1.10.16',
		/** The file that the agent writes without chaining. */
		plainFile: '05-cilium.conf',
		/** The weakest way in that sees the binary folder: since 1.11.15, 1.12.8 and 1.13.1 only init containers mount it. */
		via: 'agent',
		/** hostPort switched on by its own key alone, as people do: what the ConfigMap then says, and the cause to be named. */
		halfOn: {keys: {'kube-proxy-replacement': 'partial', 'enable-host-port': 'true'}, code: 'HP01b'},
		halfOff: {'kube-proxy-replacement': 'disabled', 'enable-host-port': null},
	},
	{
		version: '1.17.4',
		plainFile: '05-cilium.conflist',
		via: 'pod',
		halfOn: {keys: {'enable-host-port': 'true'}, code: 'HP01b'},
		halfOff: {'enable-host-port': null},
	},
	{
		version: '1.19.6',
		plainFile: '05-cilium.conflist',
		via: 'pod',
		// 1.19 removed the key: the agent skips it in silence.
		halfOn: {keys: {'enable-host-port': 'true'}, code: 'HP19'},
		halfOff: {'enable-host-port': null},
	},
] as const;

/** For scenes that say the same of every release: CI (`E2E=short`) takes one of them. */
export const testedVersions = process.env['E2E'] === 'short' ? [versions[0].version] : versions.map(({version}) => version);
