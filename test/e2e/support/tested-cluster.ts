import {existsSync, readFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
/** Scripts that make and mend the project's own cluster. */
export const clusterScripts = path.join(root, 'test', 'cluster');
/** Programs of the project's own cluster, as they were built: `ctr`, `cni/portmap`. */
export const clusterPrograms = path.join(process.env['CLUSTER_CACHE'] ?? path.join(os.homedir(), '.cache/hostport-cluster'), 'bin');
/** Files of the project's own cluster while it runs. */
export const runFolder = process.env['CLUSTER_RUN'] ?? `/tmp/hostport-cluster-${process.env['CLUSTER_INSTANCE'] ?? '0'}`;

const ownKubeconfig = path.join(runFolder, 'admin.conf');

/** The kubeconfig of the cluster under test: the caller's, else the project's own. */
export const kubeconfig = process.env['KUBECONFIG'] || ownKubeconfig;
/** A user who may only view; only the project's own cluster has one ready. */
export const viewerKubeconfig = path.join(runFolder, 'viewer.conf');
/** Whether the tests have hands on the nodes and may change Cilium: only on the cluster that the project made. */
export const isOwnCluster = kubeconfig === ownKubeconfig;
/** Where every object of the tests lies. */
export const namespace = 'hostport-e2e';

const instanceFile = path.join(runFolder, 'instance');
/** Which of the clusters side by side on this machine it is; its network is 10.88.N.0/24. */
export const instance = existsSync(instanceFile) ? readFileSync(instanceFile, 'utf8').trim() : '0';
/** Of the API server, and of whoever asks from outside. */
export const outsideAddress = `10.88.${instance}.1`;
export const addressOf = {'node-1': `10.88.${instance}.11`, 'node-2': `10.88.${instance}.12`, 'node-3': `10.88.${instance}.13`} as const;
/** node-3 is there only where a test lets it join. */
export type ClusterNode = keyof typeof addressOf;
/** Network namespace of a node on this machine. */
export const networkOf = (node: string): string => `hp${instance}-${node}`;
