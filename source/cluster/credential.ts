/** What is shown to the server; everything in it is secret but the certificate. */
export type Credential = {
	/** The value of the `Authorization` header. */
	readonly authorization?: string | undefined;
	readonly certificate?: string | undefined;
	readonly key?: string | undefined;
	/** When it must be looked at anew, milliseconds since 1970; never if not given. */
	readonly until?: number | undefined;
};

/** A user's credential over the time of a command. */
export type Credentials = {
	/** In what way the user proves who they are, for messages: `exec plug-in aws`, `token`, `client certificate` … */
	readonly kind: string;
	/**
	 * Read, fetched or kept from the last time; several callers at once share one fetch.
	 * @throws ActionableError
	 */
	current(): Promise<Credential>;
	/** The server refused this one: forgets it, if it can be fetched anew and nobody did so by now, and says whether another try may help. */
	renew(refused: Credential): boolean;
};
