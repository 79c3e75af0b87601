import {expect, test} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.ts';
import {cilium} from './builders.ts';
import {healthyPortmapEvidence} from './scenes.ts';

// Packets, on both real versions: test/e2e/real-settings.test.ts.
test.each([
	['1.15.19', 'a pod gets no answer from a hostPort of its own node; every other place does'],
	['1.20.2', 'every place gets an answer as long as no policy selects the nodes'],
	// Nobody has sent any there, and nothing is concluded from another version.
	['1.17.4', undefined],
])('the host firewall beside portmap on %s: %s', (version, says) => {
	const base = healthyPortmapEvidence(version);
	const data = {...base.cilium?.configMap?.data, 'enable-host-firewall': 'true'};
	const {findings} = diagnose({...base, cilium: cilium(version, data)});
	const because = findings.find(({code}) => code === 'HP12')?.because ?? [];
	expect(because.find(({source}) => source.startsWith('packets on'))?.says).toBe(says);
	expect(because.some(({source}) => source === 'cilium/cilium#12541')).toBe(true);
});
