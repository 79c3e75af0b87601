import path from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
/** Scripts that make and mend the project's own cluster. */
export const clusterScripts = path.join(root, 'test', 'cluster');
/** Files of the project's own cluster while it runs. */
export const runFolder = process.env['CLUSTER_RUN'] ?? '/tmp/hostport-cluster';

const ownKubeconfig = path.join(runFolder, 'admin.conf');

/** The kubeconfig of the cluster under test: the caller's, else the project's own. */
export const kubeconfig = process.env['KUBECONFIG'] || ownKubeconfig;
/** A user who may only view; only the project's own cluster has one ready. */
export const viewerKubeconfig = path.join(runFolder, 'viewer.conf');
/** Whether the tests have hands on the nodes and may change Cilium: only on the cluster that the project made. */
export const isOwnCluster = kubeconfig === ownKubeconfig;
/** Where every object of the tests lies. */
export const namespace = 'hostport-e2e';
