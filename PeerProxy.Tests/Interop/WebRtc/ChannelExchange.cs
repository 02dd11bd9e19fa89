using System.Security.Cryptography;
using System.Text;
using PeerProxy.WebRtc.Connection;

namespace PeerProxy.Tests.Interop.WebRtc;

/// <summary>What every stack is tried with, whatever it is: messages of all sizes, bulk with hashes, echoes without gaps.</summary>
internal static class ChannelExchange
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private const int BulkMessageBytes = 64 * 1024;

    /// <summary>1 byte to the 256 KB that browsers accept, and around the payload of one packet; then text, then a text without a byte.</summary>
    public static async Task ExpectEchoesOfAllSizesAsync(IDataChannel channel)
    {
        foreach (var size in new[] { 1, 2, 1000, 1191, 1192, 16 * 1024, 65_536, 262_144 })
        {
            await ExpectEchoAsync(channel, RandomNumberGenerator.GetBytes(size), isText: false);
        }

        await ExpectEchoAsync(channel, Encoding.UTF8.GetBytes("grüße"), isText: true);
    }

    public static async Task ExpectEchoAsync(IDataChannel channel, byte[] message, bool isText)
    {
        await channel.SendAsync(message, isText);
        using var echo = await channel.ReceiveAsync().AsTask().WaitAsync(Limit);
        Assert.Equal(isText, echo!.IsText);
        Assert.Equal(message, echo.Data.ToArray());
    }

    /// <summary>Sends <paramref name="bytes"/> in messages of 64 KB, until done or the other side has failed.</summary>
    /// <returns>SHA-256 of all, lower-case hex.</returns>
    public static async Task<string> SendBulkAsync(IDataChannel channel, long bytes, Task other)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(1);
        var message = new byte[BulkMessageBytes];
        for (long sent = 0; sent < bytes && !other.IsFaulted; sent += message.Length)
        {
            random.NextBytes(message);
            hash.AppendData(message);
            await channel.SendAsync(message);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <returns>SHA-256 of what came, lower-case hex.</returns>
    public static async Task<string> ReceiveBulkAsync(IDataChannel channel, long bytes, Task other)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long received = 0; received < bytes && !other.IsFaulted;)
        {
            using var message = await channel.ReceiveAsync();
            hash.AppendData(message!.Data.Span);
            received += message.Data.Length;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Sends back whatever arrives, until the channel closes.</summary>
    public static async Task EchoAsync(IDataChannel channel)
    {
        while (await channel.ReceiveAsync() is { } message)
        {
            using (message)
            {
                await channel.SendAsync(message.Data, message.IsText);
            }
        }
    }

    /// <summary>Numbers go out all the time, and each must come back in its turn while <paramref name="disturb"/> is called several times.</summary>
    /// <param name="disturb">Takes the round, from 0.</param>
    public static async Task ExpectNoGapAsync(IDataChannel channel, int rounds, Func<int, Task> disturb)
    {
        const int EchoesPerRound = 200;
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            var sent = 0;
            while (!stop.IsCancellationRequested)
            {
                await channel.SendAsync(BitConverter.GetBytes(sent++));
                await Task.Delay(1);
            }

            return sent;
        });

        var received = 0;
        for (var round = 0; round < rounds; round++)
        {
            await disturb(round).WaitAsync(Limit);
            for (var i = 0; i < EchoesPerRound; i++)
            {
                await ExpectNextAsync();
            }
        }

        await stop.CancelAsync();
        var total = await sending.WaitAsync(Limit);
        while (received < total)
        {
            await ExpectNextAsync();
        }

        async Task ExpectNextAsync()
        {
            using var echo = await channel.ReceiveAsync().AsTask().WaitAsync(Limit);
            Assert.Equal(received++, BitConverter.ToInt32(echo!.Data.Span));
        }
    }
}
