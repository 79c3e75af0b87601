import type {AccessKind} from '../access/access.ts';
import type {HelperPodChoices} from '../access/helper-pod-image.ts';
import type {AnnouncePod} from '../access/host-pod.ts';
import type {SshFlags} from '../access/ssh/ssh-flags.ts';
import type {Clock} from '../clock.ts';
import type {ConnectionFlags} from '../cluster/connection-flags.ts';
import type {ConnectFromHere} from '../connect/connect-from-here.ts';
import type {Asker} from './asker.ts';

/** Which part of the cluster is looked at. */
export type Scope = {
	/** Names of nodes; none: all. */
	readonly nodes: readonly string[];
	/** Label selector of nodes. */
	readonly selector?: string | undefined;
	/** Namespace of the hostPort pods; all if not given. */
	readonly namespace?: string | undefined;
};

/** All nodes, with the hostPort pods of the scope: a repair and its rollback concern every node. */
export const wholeCluster = ({namespace}: Scope): Scope => ({nodes: [], namespace});

/** Sources of portmap, in order: those that were named, else what the demo has. */
export const sourcesFor = ({demoPortmap}: Session, named: readonly string[] = []): readonly string[] =>
	named.length === 0 && demoPortmap !== undefined ? [demoPortmap] : named;

/** How nodes are reached. */
export type Reach = {
	readonly via: 'auto' | AccessKind;
	readonly ssh: SshFlags;
	/** What the person chose for pods that are made. */
	readonly pods: HelperPodChoices;
	/** Time for one node, its helper pod included; 30 s unless given. */
	readonly nodeTimeoutMilliseconds?: number | undefined;
	/** Most nodes asked at the same time; 256 unless given. */
	readonly concurrency?: number | undefined;
	/** Whether nodes and this machine connect to hostPorts while they are looked at. */
	readonly connects: boolean;
};

/**
 * What a face of the engine (a command, the wizard, the terminal UI) brings along: which cluster and which part of it, how its nodes are
 * reached, who is asked and told, and what of the outside may be used.
 */
export type Session = {
	readonly connection: ConnectionFlags;
	readonly scope: Scope;
	readonly reach: Reach;
	/** A saved file to look at instead of a cluster. */
	readonly from?: string | undefined;
	/** Where what is seen is saved. */
	readonly save?: string | undefined;
	/** Whether addresses are replaced in what is saved. */
	readonly redacts: boolean;
	/** Puts SSH's questions to a person; undefined: nobody can be asked. */
	readonly asker?: Asker | undefined;
	/** Is shown each pod before it is made. */
	readonly announce: AnnouncePod;
	/** Takes what `-v` asks for, a line each. */
	readonly log: (level: number, line: string) => void;
	/** Where `--save -` writes to. */
	readonly stdout: NodeJS.WritableStream;
	readonly signal: AbortSignal;
	readonly environment: NodeJS.ProcessEnv;
	readonly clock: Clock;
	/** On the embedded demo cluster: connects to its made up addresses. */
	readonly demoNetwork?: ConnectFromHere | undefined;
	/** There too: where a repair gets portmap from unless a source is named, for nobody who tries the demo has one at hand. */
	readonly demoPortmap?: string | undefined;
};
