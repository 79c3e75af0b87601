import {parseBody} from './write-objects.ts';

/** Answers the self reviews of authorization.k8s.io/v1: the demo's one user may do everything. Undefined for any other path. */
export function reviewAccess(path: string, body: string): unknown {
	const kind = /^\/apis\/authorization\.k8s\.io\/v1\/selfsubject(access|rules)reviews$/u.exec(path)?.[1];
	if (kind === undefined) return undefined;
	const {spec} = parseBody(body) as {spec?: unknown};
	const everything = {
		resourceRules: [{verbs: ['*'], apiGroups: ['*'], resources: ['*']}],
		nonResourceRules: [{verbs: ['*'], nonResourceURLs: ['*']}],
		incomplete: false,
	};
	return {
		kind: kind === 'access' ? 'SelfSubjectAccessReview' : 'SelfSubjectRulesReview',
		apiVersion: 'authorization.k8s.io/v1',
		metadata: {},
		spec,
		status: kind === 'access' ? {allowed: true, reason: 'the demo allows everything'} : everything,
	};
}
