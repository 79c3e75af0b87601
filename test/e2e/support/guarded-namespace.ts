import {createServer, type Server} from 'node:https';
import type {AddressInfo} from 'node:net';
import {createAuthority} from '../../cluster/certificates.ts';
import {kubectl, until} from './kubectl.ts';

const name = 'hostport-guarded';

/** What Pod Security says of a pod with the host's network and folders (k8s.io/pod-security-admission, policy registry). */
export const refusal =
	'violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true), restricted volume types (volumes use restricted volume type "hostPath")';

/**
 * What the guard says to a pod that wants the host's network: `refuse` with code 403, as Pod Security does; `deny` with no code of its
 * own, as Kyverno does, which the server turns into 400.
 */
export type Guard = 'refuse' | 'deny';

export type GuardedNamespace = {
	readonly name: string;
	/** Pods that came to admission: whether as a dry run. */
	readonly seen: ReadonlyArray<{readonly isDryRun: boolean}>;
	remove(): Promise<void>;
};

/**
 * A namespace that does not take every pod as it is: by a webhook on this machine, which refuses in Pod Security's words, because the
 * cluster's Kubernetes 1.20 has no Pod Security admission (it came with 1.22).
 */
export async function makeGuardedNamespace(guard: Guard): Promise<GuardedNamespace> {
	const authority = await createAuthority();
	const {certificate, key} = await authority.issue({commonName: '127.0.0.1', names: ['127.0.0.1']});
	const seen: {isDryRun: boolean}[] = [];
	const server = createServer({cert: certificate, key}, (request, response) => {
		let text = '';
		request.setEncoding('utf8').on('data', (part: string) => (text += part));
		request.on('end', () => {
			const {uid, dryRun = false, object} = (JSON.parse(text) as Review).request;
			seen.push({isDryRun: dryRun});
			const isMeant = object.spec?.hostNetwork === true;
			const answer = {uid, ...(isMeant ? answers[guard] : {allowed: true})};
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
					name: 'pods.hostport-guarded.test',
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

const answers: Readonly<Record<Guard, object>> = {
	refuse: {allowed: false, status: {code: 403, reason: 'Forbidden', message: refusal}},
	deny: {allowed: false, status: {message: refusal}},
};

type Review = {
	readonly request: {readonly uid: string; readonly dryRun?: boolean; readonly object: {readonly spec?: {readonly hostNetwork?: boolean}}};
};

async function listen(server: Server): Promise<number> {
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
}
