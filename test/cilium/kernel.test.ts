import {expect, test} from 'vitest';
import {kernelForNativeHostPort} from '../../source/cilium/kernel.ts';

test.each([
	['5.4.0-163-generic', 'enough'],
	['4.19.57', 'enough'],
	['4.19.56', 'too-old'],
	['5.1.15', 'too-old'],
	['5.1.16', 'enough'],
	['5.0.21', 'too-old'],
	['5.2.0', 'enough'],
	['4.18.0-372.el8.x86_64', 'vendor'],
	['4.15.0-213-generic', 'too-old'],
	['', 'unknown'],
])('kernel %j for the eBPF hostPort: %s', (kernel, standing) => {
	expect(kernelForNativeHostPort(kernel)).toBe(standing);
});
