using System.Text;

namespace PeerProxy.Fuzz;

/// <summary>Makes inputs out of a corpus: repeatable from the seed.</summary>
public sealed class Mutator(IReadOnlyList<byte[]> corpus, bool isText, int seed)
{
    /// <summary>Longer inputs find nothing that these do not: datagrams end here, and lengths in headers are tried beyond it.</summary>
    private const int MaxLength = 4096;

    private const int MaxMutations = 8;
    private static readonly byte[] _edges = [0, 1, 2, 3, 4, 0x0F, 0x10, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFE, 0xFF];
    private static readonly string[] _tokens =
    [
        "\r\n", " ", ":", "=", "a=", "m=", "0", "-1", "65535", "65536", "4294967296", "99999999999999999999", "a=candidate:", "a=mid:", "a=group:BUNDLE ",
        "webrtc-datachannel", "sha-256 ", "typ host", "raddr ", "::", "1.2.3.4", "é", "\0", "%25",
    ];

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        if (corpus.Count == 0 || _random.Next(20) == 0)
        {
            var noise = new byte[_random.Next(200)];
            _random.NextBytes(noise);
            return noise;
        }

        var input = new List<byte>(corpus[_random.Next(corpus.Count)]);
        for (var i = _random.Next(MaxMutations); i >= 0; i--)
        {
            Mutate(input);
        }

        return input.Count > MaxLength ? [.. input.Take(MaxLength)] : [.. input];
    }

    private void Mutate(List<byte> input)
    {
        var at = _random.Next(input.Count + 1);
        switch (_random.Next(isText ? 9 : 8))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < input.Count:
                input[at] = _edges[_random.Next(_edges.Length)];
                break;
            case 2 when at + 1 < input.Count:
                // A length field, more often than not: off by a little, or by a lot.
                var value = (input[at] << 8 | input[at + 1]) + _random.Next(-4, 5);
                (input[at], input[at + 1]) = ((byte)(value >> 8), (byte)value);
                break;
            case 3:
                input.RemoveRange(at, input.Count - at);
                break;
            case 4:
                input.RemoveRange(at, Math.Min(_random.Next(1, 16), input.Count - at));
                break;
            case 5:
                var copy = input.GetRange(at, Math.Min(_random.Next(1, 64), input.Count - at));
                input.InsertRange(_random.Next(input.Count + 1), copy);
                break;
            case 6:
                var other = corpus[_random.Next(corpus.Count)];
                var from = _random.Next(other.Length + 1);
                input.InsertRange(at, other[from..Math.Min(other.Length, from + _random.Next(256))]);
                break;
            case 7:
                for (var i = _random.Next(1, 9); i > 0; i--)
                {
                    input.Insert(at, (byte)_random.Next(256));
                }

                break;
            case 8:
                input.InsertRange(at, Encoding.UTF8.GetBytes(_tokens[_random.Next(_tokens.Length)]));
                break;
        }
    }
}
