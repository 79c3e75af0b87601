const hidden = '(hidden)';

// "k8s_auth_token": "…" of older Calico conflists and the like. Paths to such things (…_file) are no secret.
const secretField = /("[^"\n]{0,64}(?:token|password|passwd|secret|client[-_]?key(?:[-_]?data)?)"\s*:\s*)"(?:[^"\\\n]|\\.)*"/giu;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gu;

/** A configuration file's text with the values of secret fields and private keys replaced: evidence is shared with others. */
export function withoutSecrets(text: string): string {
	return text.replaceAll(secretField, `$1"${hidden}"`).replaceAll(privateKey, hidden);
}
