/** When a bearer token that is a JSON Web Token (RFC 7519) ends; undefined for any other token. Its signature is not looked at. */
export function tokenExpiry(token: string): Date | undefined {
	try {
		const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
		const seconds = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : undefined;
		return typeof seconds === 'number' && Number.isFinite(seconds) ? new Date(seconds * 1000) : undefined;
	} catch {
		// Opaque tokens are as good as any.
		return undefined;
	}
}
