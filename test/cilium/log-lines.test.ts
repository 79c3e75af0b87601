import {expect, test} from 'vitest';
import {logLineOf} from '../../source/cilium/log-lines.ts';

// Section 0.a and 3.2: the wordings by version.
test.each([
	[
		'Auto-disabling "enable-node-port", "enable-external-ips", "enable-host-reachable-services", "enable-host-port" features',
		'auto-disabling',
		false,
	],
	[
		String.raw`level=info msg="Auto-disabling \"enable-node-port\", \"enable-external-ips\", \"bpf-lb-sock\", \"enable-host-port\" features and falling back to \"enable-host-legacy-routing\"" subsys=daemon`,
		'auto-disabling',
		false,
	],
	[
		'BPF host routing requires kernel 5.10 or newer. Falling back to legacy host routing (enable-host-legacy-routing=true).',
		'host-routing',
		true,
	],
	['Session affinity for host reachable services needs kernel 5.7.0 or newer', 'session-affinity', true],
	['The requested hostPort 30080 is colliding with the configured NodePort range [30000, 32767]. Ignoring.', 'node-port-range', false],
	['BPF NodePort services needs kernel 4.17.0 or newer.', 'probe-failed', false],
	['BPF host reachable services for UDP needs kernel 4.19.57, 5.1.16, 5.2.0 or newer.', 'probe-failed', false],
])('%s', (line, name, harmless) => {
	expect(logLineOf(line)).toMatchObject({name, harmless});
});

test('a line that is not known is left alone', () => {
	expect(logLineOf('Cilium 1.10.16 started')).toBeUndefined();
});
