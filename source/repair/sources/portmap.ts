/** A portmap binary that was read and checked: what is put on the nodes of one architecture. */
export type Portmap = {
	readonly content: Uint8Array;
	/** Hexadecimal. */
	readonly sha256: string;
	/** GOARCH name by its ELF header. */
	readonly architecture: string;
	/** `1.9.1`, where the file tells it; else empty. */
	readonly version: string;
	/** The newest version of the CNI specification that it knows, where the file tells it; else empty. */
	readonly cniVersion: string;
	/** It loads libraries of the system it runs on: run in a pod it proves less about the node itself. */
	readonly isDynamic: boolean;
	/** Where it comes from, for people: `cni-plugins-linux-amd64-v1.9.1.tgz`, `node node-2`. */
	readonly origin: string;
};
