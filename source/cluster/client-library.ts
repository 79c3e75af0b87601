/** The one door to the Kubernetes client library: named here, so that the bundle holds this class and not a thousand API types. */
export {KubeConfig} from '@kubernetes/client-node';
