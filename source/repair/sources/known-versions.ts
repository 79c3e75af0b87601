import {isVersion} from '../../cilium/version.ts';
import type {Warning} from '../plan/plan.ts';

/** The newest official release that is pinned here and free of the holes that are known. */
export const soundRelease = 'release:1.9.1';

/** Faults of a portmap version that people should know before it goes on their nodes. */
export function versionWarnings(version: string): Warning[] {
	if (version === '') {
		return [
			{
				message: 'The file does not tell the version of this portmap',
				hint: 'Versions before 0.7.5 (CVE-2019-9946) and 1.6.0 to 1.8.0 with nftables (CVE-2025-67499) have known vulnerabilities; 1.9.1 has neither.',
			},
		];
	}

	return known
		.filter(({range}) => isVersion(version, range))
		.map(({message}) => ({
			message: `portmap ${version}: ${message}`,
			hint: `Use 1.9.1 or later: --portmap ${soundRelease}, or a file of it.`,
		}));
}

const known = [
	{range: '<0.7.5', message: 'its rules come before those of Services and take their traffic (CVE-2019-9946)'},
	{
		range: '>=1.6.0 <1.9.0',
		message: 'with the nftables backend it takes traffic that is not for the node (CVE-2025-67499); iptables is not affected',
	},
	{
		range: '1.6.0',
		message: 'its nftables backend creates no rules, so pods with a hostPort do not start where it is used; iptables is not affected',
	},
	{range: '<0.8.0', message: 'Cilium writes a conflist of CNI 0.3.1, which is known to work since portmap 0.8.0'},
] as const;
