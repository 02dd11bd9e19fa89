/** Error codes of RESET and GOAWAY (docs/protocol.md section 5). */
export const ErrorCode = {
  NoError: 0,
  Protocol: 1,
  Internal: 2,
  FlowControl: 3,
  Cancelled: 4,
  Refused: 5,
  TargetLost: 6,
  Incomplete: 7,
  TooLarge: 8,
  Version: 9,
  Timeout: 10,
  GoingAway: 11,
} as const;

export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** A rule of docs/protocol.md that the peer broke, or that we cannot keep. `code` is what RESET or GOAWAY says. */
export class ProtocolError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = "ProtocolError";
    this.code = code;
  }
}

/** The sentence a person reads when a stream ends with this code. */
export function describeError(code: number, reason = ""): string {
  const sentence = sentences[code] ?? `The connection reported error ${code}.`;
  return reason === "" ? sentence : `${sentence} (${reason})`;
}

const sentences: Record<number, string> = {
  0: "The rest was not needed.",
  1: "The two sides did not understand each other.",
  2: "Something went wrong on the other side.",
  3: "More data arrived than was asked for.",
  4: "The request was cancelled.",
  5: "The request was not accepted.",
  6: "The site broke off in the middle of its answer.",
  7: "The answer was shorter or longer than announced.",
  8: "A part of the message was too large.",
  9: "The two sides speak different versions.",
  10: "The site did not answer in time.",
  11: "The other side is shutting down.",
};
