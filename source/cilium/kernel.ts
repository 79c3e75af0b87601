import {isVersion} from './version.ts';

/**
 * Kernels that the eBPF hostPort needs by the documentation: 4.19.57, 5.1.16 or 5.2 (Cilium docs, "Required Kernel Versions for
 * Advanced Features"). 5.10, which the log also names, is for BPF host routing; hostPort does not need that.
 */
export const nativeHostPortKernels = '4.19.57, 5.1.16 or 5.2';

/** `vendor`: a kernel such as RHEL's 4.18, whose number tells nothing because features were carried back. */
type KernelStanding = 'enough' | 'too-old' | 'vendor' | 'unknown';

/** Whether a kernel (`5.4.0-163-generic`) is enough for the eBPF hostPort by the documentation. */
export function kernelForNativeHostPort(kernel: string): KernelStanding {
	if (isVersion(kernel, '>=5.1.16 || >=4.19.57 <4.20.0')) {
		return 'enough';
	}

	if (isVendorKernel(kernel)) {
		return 'vendor';
	}

	return isVersion(kernel, '>=0.0.0') ? 'too-old' : 'unknown';
}

function isVendorKernel(kernel: string): boolean {
	return isVersion(kernel, '>=4.18.0 <4.19.0') && /\bel8/.test(kernel);
}
