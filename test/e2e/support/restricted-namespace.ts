import {createServer, type Server} from 'node:https';
import type {AddressInfo} from 'node:net';
import {createAuthority} from '../../cluster/certificates.ts';
import {kubectl, until} from './kubectl.ts';

const name = 'hostport-restricted';

/** What Pod Security says of a pod with the host's network and folders (k8s.io/pod-security-admission, policy registry). */
export const refusal =
	'violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true), restricted volume types (volumes use restricted volume type "hostPath")';

export type RestrictedNamespace = {
	readonly name: string;
	/** Pods that came to admission: whether as a dry run. */
	readonly seen: ReadonlyArray<{readonly isDryRun: boolean}>;
	remove(): Promise<void>;
};

/**
 * A namespace that refuses pods with the host's network: by a validating webhook on this machine in Pod Security's words, because
 * the cluster's Kubernetes 1.20 has no Pod Security admission (it came with 1.22).
 */
export async function makeRestrictedNamespace(): Promise<RestrictedNamespace> {
	const authority = await createAuthority();
	const {certificate, key} = await authority.issue({commonName: '127.0.0.1', names: ['127.0.0.1']});
	const seen: {isDryRun: boolean}[] = [];
	const server = createServer({cert: certificate, key}, (request, response) => {
		let text = '';
		request.setEncoding('utf8').on('data', (part: string) => (text += part));
		request.on('end', () => {
			const {uid, dryRun = false, object} = (JSON.parse(text) as Review).request;
			seen.push({isDryRun: dryRun});
			const allowed = object.spec?.hostNetwork !== true;
			const answer = {uid, allowed, ...(!allowed && {status: {code: 403, reason: 'Forbidden', message: refusal}})};
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer}));
		});
	});
	const port = await listen(server);
	const manifests = [
		{apiVersion: 'v1', kind: 'Namespace', metadata: {name, labels: {'kubernetes.io/metadata.name': name}}},
		{
			apiVersion: 'admissionregistration.k8s.io/v1',
			kind: 'ValidatingWebhookConfiguration',
			metadata: {name},
			webhooks: [
				{
					name: 'pods.hostport-restricted.test',
					admissionReviewVersions: ['v1'],
					sideEffects: 'None',
					failurePolicy: 'Fail',
					namespaceSelector: {matchLabels: {'kubernetes.io/metadata.name': name}},
					rules: [{apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods']}],
					clientConfig: {url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(authority.certificate).toString('base64')},
				},
			],
		},
	];
	await kubectl(['apply', '--filename', '-'], JSON.stringify({apiVersion: 'v1', kind: 'List', items: manifests}));
	// Until it is there, any pod is refused for want of it.
	await until('the default service account', 30, async () =>
		(await kubectl(['--namespace', name, 'get', 'serviceaccounts', '--output=name'])).includes('default') ? true : undefined,
	);
	return {
		name,
		seen,
		async remove() {
			await kubectl(['delete', `validatingwebhookconfiguration/${name}`, `namespace/${name}`, '--ignore-not-found']);
			server.closeAllConnections();
			await new Promise(resolve => server.close(resolve));
		},
	};
}

type Review = {
	readonly request: {readonly uid: string; readonly dryRun?: boolean; readonly object: {readonly spec?: {readonly hostNetwork?: boolean}}};
};

async function listen(server: Server): Promise<number> {
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
}
