/**
 * Version of what the client's parts say to each other. Shell, worker and service worker may come from different visits; they compare this
 * and the shell brings a service worker of another version up to date before it uses it.
 */
export const clientVersion = 1;
