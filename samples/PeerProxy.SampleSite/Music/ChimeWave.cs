using System.Buffers.Binary;
using System.Text;

namespace PeerProxy.SampleSite.Music;

/// <summary>Composes a minute of wind chimes as a WAV file: 16-bit mono, a pentatonic scale, each note a few decaying partials.</summary>
internal static class ChimeWave
{
    private const int SampleRate = 22_050;
    private const int Seconds = 60;
    private const int HeaderBytes = 44;

    private static readonly double[] Scale = [261.63, 293.66, 329.63, 392.00, 440.00, 523.25, 587.33, 659.26];

    internal static byte[] Compose()
    {
        var samples = new float[SampleRate * Seconds];
        var random = new Random(7);
        for (var start = 0.2; start < Seconds - 4; start += 0.18 + (random.NextDouble() * 0.55))
        {
            Strike(samples, start, Scale[random.Next(Scale.Length)], 0.10 + (random.NextDouble() * 0.12));
        }

        return Write(samples);
    }

    private static void Strike(float[] samples, double start, double frequency, double loudness)
    {
        // Partials of a bell-like bar: not harmonic, and the higher ones die sooner.
        ReadOnlySpan<(double Ratio, double Level, double Decay)> partials = [(1, 1, 1.4), (2.76, 0.45, 2.6), (5.40, 0.20, 5.0)];
        var first = (int)(start * SampleRate);
        var count = Math.Min(samples.Length - first, SampleRate * 4);
        foreach (var (ratio, level, decay) in partials)
        {
            // A damped oscillator by recurrence: y[n] = 2 r cos(w) y[n-1] - r^2 y[n-2] costs two multiplications per sample.
            var step = Math.Tau * frequency * ratio / SampleRate;
            var damping = Math.Exp(-decay / SampleRate);
            var (feedback, loss) = (2 * damping * Math.Cos(step), damping * damping);
            var (before, now) = (0.0, loudness * level * damping * Math.Sin(step));
            for (var i = 1; i < count; i++)
            {
                samples[first + i] += (float)now;
                (before, now) = (now, (feedback * now) - (loss * before));
            }
        }
    }

    private static byte[] Write(float[] samples)
    {
        var file = new byte[HeaderBytes + (samples.Length * 2)];
        Encoding.ASCII.GetBytes("RIFF").CopyTo(file, 0);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        Encoding.ASCII.GetBytes("WAVEfmt ").CopyTo(file, 8);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1); // PCM
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), 1); // mono
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), SampleRate * 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        Encoding.ASCII.GetBytes("data").CopyTo(file, 36);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), samples.Length * 2);
        for (var i = 0; i < samples.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(HeaderBytes + (i * 2)), (short)(Math.Clamp(samples[i], -1f, 1f) * 32_000));
        }

        return file;
    }
}
