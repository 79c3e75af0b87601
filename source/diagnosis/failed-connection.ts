/** A connection that failed. */
export type Asked = {
	/** `namespace/pod:hostPort/PROTOCOL`. */
	readonly hostPort: string;
	/** The node that the hostPort's pod runs on. */
	readonly node: string;
	/** Where it came from, as `verify` names places; all that counts here are `same-node` and `client`. */
	readonly from: string;
	/** The node that it left from; empty for the user's own machine. */
	readonly via: string;
	/** In the kernel's words. */
	readonly error: string;
};

/** Nothing came back: dropped on the way, or sent to somebody who is not there. */
export const isSilence = ({error}: Asked): boolean => error === 'timed out' || error === 'no answer' || error === 'unreachable';
/** It left from another machine than the pod's node. */
export const isFromAfar = ({from, node, via}: Asked): boolean => from === 'client' || via !== node;
